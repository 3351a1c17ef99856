import { expect, test } from 'vitest'
import { addEpoch, epochCharts, systemCharts } from './groups.ts'
import { alignLines, smooth } from './plot.ts'

function series(name: string, ...values: (number | null)[]) {
  const points = values.map((value, at): [number, number | null] => [at + 1, value])
  return { name, points, shown: points.length, total: points.length }
}

test('training and validation of one metric share a chart, the monitored metric first', () => {
  const charts = epochCharts(
    [
      series('learning_rate', 1),
      series('loss', 3, 2),
      series('mae', 1),
      series('val_loss', 4, 3),
      series('val_mae', 2),
    ],
    'val_mae',
  )
  expect(charts.map((chart) => chart.name)).toEqual(['mae', 'loss', 'learning_rate'])
  expect(charts[1]?.lines.map((line) => line.label)).toEqual(['train', 'validation'])
})

test('what the machine did is kept out of the training curves', () => {
  const all = [series('loss', 1), series('system/cpu_percent', 90)]
  expect(epochCharts(all, 'val_loss').map((chart) => chart.name)).toEqual(['loss'])
  expect(systemCharts(all).map((chart) => chart.name)).toEqual(['system/cpu_percent'])
})

test('an epoch that is told twice is drawn once', () => {
  const known = { series: [series('loss', 3)] }
  const once = addEpoch(known, 2, { loss: 2, val_loss: 5 })
  const twice = addEpoch(once, 2, { loss: 2, val_loss: 5 })
  expect(twice).toEqual(once)
  expect(once.series.map((one) => one.points)).toEqual([
    [
      [1, 3],
      [2, 2],
    ],
    [[2, 5]],
  ])
})

test('lines of different lengths stand over one axis', () => {
  const [train, validation] = [series('loss', 3, 2, 1), series('val_loss', 4)]
  const { data } = alignLines(
    [
      { label: 'train', role: 'train', points: train.points },
      { label: 'validation', role: 'validation', points: validation.points },
    ],
    0,
    false,
  )
  expect(data).toEqual([
    [1, 2, 3],
    [3, 2, 1],
    [4, null, null],
  ])
})

test('a logarithmic axis leaves out what is not above zero, its legend does not', () => {
  const { data, raw } = alignLines(
    [
      {
        label: 'a',
        role: 'train',
        points: [
          [1, 0],
          [2, 10],
        ],
      },
    ],
    0,
    true,
  )
  expect(data[1]).toEqual([null, 10])
  expect(raw[0]).toEqual([0, 10])
})

test('smoothing begins at the first value and keeps gaps', () => {
  const smoothed = smooth([4, null, 4, 0], 0.5)
  expect(smoothed[0]).toBe(4)
  expect(smoothed[1]).toBeNull()
  expect(smoothed[2]).toBe(4)
  expect(smoothed[3]).toBeCloseTo(12 / 7)
})
