import { expect, test } from 'vitest'
import { drawSvg, writeCsv } from './exporting.ts'
import { addEpoch, epochCharts, overlayCharts, systemCharts } from './groups.ts'
import { feetOf } from './marks.ts'
import { alignLines, onAxis, smooth } from './plot.ts'

const LATER = '2026-01-02T03:04:05Z'

function series(name: string, ...values: (number | null)[]) {
  const points = values.map((value, at): [number, number | null] => [at + 1, value])
  const times = values.map((_, at) => new Date(at * 5000).toISOString())
  return { name, points, times, shown: points.length, total: points.length }
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
  const once = addEpoch(known, 2, { loss: 2, val_loss: 5 }, LATER)
  const twice = addEpoch(once, 2, { loss: 2, val_loss: 5 }, LATER)
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

test('a curve runs over epochs, batches, or the seconds since its first point', () => {
  const line = { label: 'train', role: 'train' as const, ...series('loss', 3, 2, 1) }
  expect(onAxis(line, 'epoch', 10).points[2]).toEqual([3, 1])
  expect(onAxis(line, 'step', 10).points[2]).toEqual([30, 1])
  expect(onAxis(line, 'step', null).points[2]).toEqual([3, 1])
  expect(onAxis(line, 'time', null).points[2]).toEqual([10, 1])
  expect(onAxis(line, 'clock', null).points[0]?.[0]).toBe(Date.parse(line.times[0] ?? '') / 1000)
})

test('runs lie over one another by metric, each with its own colour, validation before training', () => {
  const runs = [
    { id: 'run_a', name: 'a', series: [series('loss', 2), series('val_loss', 3), series('system/cpu_percent', 9)] },
    { id: 'run_b', name: 'b', series: [series('loss', 1)] },
  ]
  const [chart, ...others] = overlayCharts(runs, false)
  expect(others).toEqual([])
  expect(chart?.lines.map((line) => [line.run, line.role])).toEqual([
    ['run_a', 'validation'],
    ['run_b', 'train'],
  ])
  expect(overlayCharts(runs, true)[0]?.lines).toHaveLength(3)
})

test('a chart leaves as a table and as a drawing of what it shows', () => {
  const chart = epochCharts([series('loss', 3, null), series('val_loss', 4, 2)], 'val_loss')[0]
  const { data } = alignLines(chart?.lines ?? [], 0, false)
  expect(writeCsv('epoch', ['train', 'a "b", c'], data)).toBe('epoch,train,"a ""b"", c"\n1,3,4\n2,,2\n')
  const drawn = drawSvg('loss & more', ['train', 'validation'], ['#123', '#456'], data)
  expect(drawn.match(/<polyline/g)).toHaveLength(2)
  expect(drawn).toContain('loss &amp; more')
})

test('checkpoints of one epoch are one pointer at the foot of its curves', () => {
  const kept = [
    { name: 'best', epoch: 7 },
    { name: 'last', epoch: 9 },
    { name: 'epoch-7', epoch: 7 },
  ]
  expect(feetOf(kept).map(({ at, word }) => [at, word])).toEqual([
    [7, 'Checkpoint of epoch 7: best, epoch-7'],
    [9, 'Checkpoint of epoch 9: last'],
  ])
})
