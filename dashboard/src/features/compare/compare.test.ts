import { expect, test } from 'vitest'
import { axisOf, tellingRows, usualMetric } from './axes.ts'
import { bestOf, flatten, scoreRows, specRows, valueWords } from './differences.ts'

function spec(units: number, rate: number) {
  return {
    name: `run ${units}`,
    model: { kind: 'sequential', layers: [{ name: 'dense', layer: { class_name: 'Dense', config: { units } } }] },
    compile: { optimizer: { class_name: 'Adam', config: { learning_rate: rate } } },
    fit: { batch_size: 32 },
  }
}

test('a spec is told as paths: an object is its class, a layer goes by its name', () => {
  expect(Object.fromEntries(flatten(spec(8, 0.1)))).toEqual({
    'model.kind': 'sequential',
    'model.layers.dense': 'Dense',
    'model.layers.dense.units': 8,
    'compile.optimizer': 'Adam',
    'compile.optimizer.learning_rate': 0.1,
    'fit.batch_size': 32,
  })
})

test('what differs is known, and what one of them lacks is a difference', () => {
  const rows = specRows([{ spec: spec(8, 0.1) }, { spec: spec(16, 0.1) }, { spec: {} }])
  expect(tellingRows(rows.slice(0, 0))).toEqual([])
  const differing = specRows([{ spec: spec(8, 0.1) }, { spec: spec(16, 0.1) }]).filter((row) => row.isDifferent)
  expect(differing.map((row) => row.name)).toEqual(['model.layers.dense.units'])
  expect(rows.every((row) => row.isDifferent)).toBe(true)
})

test('of a loss the least is the best, of an accuracy the greatest', () => {
  const scored = (loss: number, accuracy: number) => ({
    best: { epoch: 1, metrics: { val_loss: loss, val_accuracy: accuracy } },
    last: null,
    test: null,
  })
  const rows = scoreRows([scored(0.5, 0.9), scored(0.25, 0.8)])
  expect(rows.map((row) => [row.name, bestOf(row)])).toEqual([
    ['val_loss', 1],
    ['val_accuracy', 0],
  ])
  expect(usualMetric(rows, [null, 'val_accuracy'])).toBe('val_accuracy')
})

test('an axis is logarithmic where values lie far apart, and words stand in their order', () => {
  const row = (values: (number | string | null)[]) => ({ name: 'x', values, isDifferent: true })
  expect(axisOf(row([0.001, 0.01, 0.1]), valueWords).places[1]).toBeCloseTo(0.5)
  expect(axisOf(row([1, 2, null]), valueWords).places).toEqual([0, 1, null])
  expect(axisOf(row(['b', 'a', 'c']), valueWords)).toMatchObject({ places: [0.5, 0, 1] })
})
