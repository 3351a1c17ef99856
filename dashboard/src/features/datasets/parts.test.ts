import { expect, test } from 'vitest'
import { datasetName, makeMeter, missingParts, partBytes } from './parts.ts'

test.each([
  ['My Houses (2).csv', 'my-houses-2'],
  ['wine.parquet', 'wine'],
  ['Ärger.npz', 'rger'],
  ['???.csv', 'data'],
])('the file %s makes the data set %s', (file, name) => {
  expect(datasetName(file)).toBe(name)
})

test('a file of any size has no more parts than the service takes, each of whole 64 KiB', () => {
  const most = 400 * 2 ** 30
  expect(partBytes(1)).toBe(8 * 2 ** 20)
  expect(Math.ceil(most / partBytes(most))).toBeLessThanOrEqual(10_000)
  expect(partBytes(most) % 65_536).toBe(0)
})

test('what is gone on with are the parts that have not come', () => {
  expect(missingParts({ parts: 5, received: [2, 4] })).toEqual([1, 3, 5])
})

test('the rate is the one of the last seconds, and unknown before half a second', () => {
  const measure = makeMeter()
  expect(measure(0, 0)).toBeNull()
  expect(measure(100, 400)).toBeNull()
  expect(measure(1000, 1000)).toBe(1000)
  expect(measure(1000, 20_000)).toBeNull()
  expect(measure(3000, 21_000)).toBe(2000)
})
