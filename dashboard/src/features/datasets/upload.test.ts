import { expect, test } from 'vitest'
import { datasetName } from './upload.ts'

test.each([
  ['My Houses (2).csv', 'my-houses-2'],
  ['wine.parquet', 'wine'],
  ['Ärger.npz', 'rger'],
  ['???.csv', 'data'],
])('the file %s makes the data set %s', (file, name) => {
  expect(datasetName(file)).toBe(name)
})
