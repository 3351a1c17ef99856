import { expect, test } from 'vitest'
import { BINS, layersOf, reachOf, rebin } from './ridges.ts'

test('weights stand under the layer that has them', () => {
  expect(layersOf(['dense/kernel', 'dense/bias', 'lstm/lstm_cell/kernel', 'scale'])).toEqual([
    { name: 'dense', weights: ['dense/kernel', 'dense/bias'] },
    { name: 'lstm/lstm_cell', weights: ['lstm/lstm_cell/kernel'] },
    { name: 'scale', weights: ['scale'] },
  ])
})

test('histograms of different edges share their bins, and each is as high as any', () => {
  const wide = { epoch: 1, edges: [-3, 0, 3], counts: [1, 1] }
  const narrow = { epoch: 2, edges: [0, 1], counts: [5] }
  const reach = reachOf([wide, narrow])
  expect(reach).toEqual([-3, 3])
  expect(Math.min(...rebin(wide, reach))).toBeCloseTo(1)
  const bins = rebin(narrow, reach)
  expect(bins.filter((bin) => bin > 1e-9)).toHaveLength(BINS / 6)
  expect(Math.max(...bins)).toBe(1)
})

test('numbers that are all the same stand in one bin, and nothing in none', () => {
  const zeros = { epoch: 1, edges: [0, 0], counts: [8] }
  expect(reachOf([zeros])).toEqual([-0.5, 0.5])
  expect(rebin(zeros, reachOf([zeros])).filter((bin) => bin > 0)).toEqual([1])
  expect(rebin({ epoch: 1, edges: [0, 1], counts: [0] }, [0, 1]).every((bin) => bin === 0)).toBe(true)
})
