import { expect, test } from 'vitest'
import { askFor, readQuery, statusesOf, takeFilters, withStatuses, writeQuery } from './query.ts'

const TYPED = 'status:running,failed val_loss<0.4 tag:team=vision layer:Dense two words'

test('what is typed becomes what is asked', () => {
  expect(askFor(readQuery(TYPED))).toEqual({
    status: ['running', 'failed'],
    metric: ['val_loss<0.4'],
    tag: ['team:vision'],
    layer: ['Dense'],
    search: 'two words',
  })
})

test('a query is written as it was read', () => {
  expect(writeQuery(readQuery(TYPED))).toBe(TYPED)
  expect(writeQuery(readQuery('tag:team="blue sky" mine'))).toBe('tag:team="blue sky" mine')
  expect(askFor(readQuery('tag:team="blue sky"')).tag).toEqual(['team:blue sky'])
})

test('what is no filter is a word of the name, and a wrong filter is told and not asked', () => {
  expect(askFor(readQuery('https://x a:b loss<much')).search).toBe('https://x a:b loss<much')
  const wrong = readQuery('status:nonsense')
  expect(wrong.filters.map((one) => one.kind)).toEqual(['wrong'])
  expect(askFor(wrong)).toEqual({})
})

test('while one types, a filter is taken once it is finished', () => {
  expect(takeFilters('mine val_loss<0.4', false)).toEqual({ filters: [], rest: 'mine val_loss<0.4' })
  expect(takeFilters('mine val_loss<0.4 ', false)).toMatchObject({ filters: [{ value: 'val_loss<0.4' }], rest: 'mine' })
  expect(takeFilters('val_loss<0.4', true).rest).toBe('')
})

test('statuses are switched beside what else is asked', () => {
  const query = withStatuses(readQuery('loss<1 a'), ['failed'])
  expect(writeQuery(query)).toBe('status:failed loss<1 a')
  expect(statusesOf(query)).toEqual(['failed'])
  expect(writeQuery(withStatuses(query, []))).toBe('loss<1 a')
})
