import { expect, test } from 'vitest'
import { askSorted, columnWord, commonMain, nextSort, readColumns, sortOf, USUAL, writeColumns } from './columns.ts'

test('columns stand in the address where they are not the usual ones', () => {
  expect(readColumns(undefined)).toEqual(USUAL)
  expect(readColumns('data,m.val_loss,nonsense,t.team,data')).toEqual(['data', 'm.val_loss', 't.team'])
  expect(writeColumns(USUAL)).toBeUndefined()
  expect(writeColumns(['data', 'p.fit.batch_size'])).toBe('data,p.fit.batch_size')
  expect(columnWord('p.fit.batch_size')).toBe('batch_size')
})

test('a head that is pressed puts the best first, then the other way, then lets go', () => {
  expect(nextSort(undefined, 'm.val_loss')).toBe('m.val_loss')
  expect(nextSort('m.val_loss', 'm.val_loss')).toBe('-m.val_loss')
  expect(nextSort('-m.val_loss', 'm.val_loss')).toBeUndefined()
  expect(nextSort('name', 'm.accuracy')).toBe('-m.accuracy')
})

test('the service is asked for the sort in its own words', () => {
  expect(askSorted('-name')).toEqual({ sort: '-name' })
  expect(askSorted('-m.val_loss')).toEqual({ sort_metric: '-val_loss' })
  expect(askSorted('nonsense')).toEqual({})
  expect(sortOf('best', commonMain(['a', 'val_loss', 'val_loss']))).toBe('m.val_loss')
  expect(sortOf('t.team', 'loss')).toBeNull()
})
