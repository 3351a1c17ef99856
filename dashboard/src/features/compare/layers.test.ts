import { expect, test } from 'vitest'
import { gapOf, marksOf, pairLayers, weightsOf } from './layers.ts'

function dense(name: string, units: number, inputs: number) {
  return { name, class: 'Dense', output_shape: [null, units], parameters: units * inputs + units }
}

function told(...pairs: ReturnType<typeof pairLayers>) {
  return pairs.map(({ before, after, change }) => `${change} ${before?.name ?? '·'} ${after?.name ?? '·'}`)
}

const input = { name: 'x', class: 'InputLayer', output_shape: [null, 5], parameters: 0 }
const dropout = { name: 'dropout', class: 'Dropout', output_shape: [null, 32], parameters: 0 }

test('a layer that was put between others is the one that is new, whatever the names of those behind it', () => {
  const before = [input, dense('dense', 8, 5), dense('dense_1', 1, 8)]
  const after = [input, dense('dense', 32, 5), dropout, dense('dense_1', 16, 32), dense('dense_2', 1, 16)]
  const pairs = pairLayers(before, after)
  expect(told(...pairs)).toEqual([
    'same x x',
    'changed dense dense',
    'added · dropout',
    'added · dense_1',
    'changed dense_1 dense_2',
  ])
  expect([...marksOf(pairs, 'before')]).toEqual([
    ['dense', 'changed'],
    ['dense_1', 'changed'],
  ])
  expect(marksOf(pairs, 'after').get('dropout')).toBe('added')
})

test('what is of another kind is never the same layer, and of inputs only those of one name are', () => {
  expect(told(...pairLayers([dropout], [dense('dropout', 32, 5)]))).toEqual(['removed dropout ·', 'added · dropout'])
  expect(told(...pairLayers([input], [{ ...input, name: 'y' }]))).toEqual(['removed x ·', 'added · y'])
  expect(pairLayers([], [])).toEqual([])
})

test('equal models have no difference, in either order', () => {
  const layers = [input, dense('a', 8, 5), dense('b', 8, 8)]
  expect(pairLayers(layers, layers).every(({ change }) => change === 'same')).toBe(true)
})

test('how far weights are apart is a share of their own length, over all weights of a layer', () => {
  const weight = (name: string, norm: number | null) => ({
    name,
    shape: [4],
    dtype: 'float32',
    count: 4,
    mean: 3,
    spread: 0,
    min: 3,
    max: 3,
    non_finite: 0,
    difference: norm === null ? null : { max: norm, mean: norm, norm, changed: 1 },
  })
  expect(gapOf([weight('dense/kernel', 3), weight('dense/bias', 0)])).toBeCloseTo(3 / Math.sqrt(72))
  expect(gapOf([weight('dense/kernel', 0)])).toBe(0)
  expect(gapOf([weight('dense/kernel', 3), weight('dense/bias', null)])).toBeNull()
  expect(gapOf([])).toBeNull()
  const all = [weight('dense/kernel', 0), weight('dense_1/kernel', 0)]
  expect(weightsOf(dense('dense', 1, 1), all).map(({ name }) => name)).toEqual(['dense/kernel'])
})
