import { expect, test } from 'vitest'
import { readBack, readFilters, readTab } from './search.ts'

test('after signing in one goes back to a page of this dashboard, and nowhere else', () => {
  expect(readBack({ back: '/runs/run_1?tab=log' })).toEqual({ back: '/runs/run_1?tab=log' })
  for (const back of ['https://else.where', '//else.where', '/\\else.where', '/sign-in', 7]) {
    expect(readBack({ back })).toEqual({ back: undefined })
  }
})

test('an address with nonsense in it shows everything', () => {
  expect(readFilters({ status: ['failed', 'nonsense'], search: 3 })).toEqual({ q: 'status:failed' })
  expect(readFilters({ status: 'running', search: 'mine' }).q).toBe('status:running mine')
  expect(readFilters({ q: 'val_loss<0.4', sort: '-m.loss', columns: 'data' })).toEqual({
    q: 'val_loss<0.4',
    sort: '-m.loss',
    columns: 'data',
  })
  expect(readTab({ tab: 'nowhere' })).toEqual({ tab: undefined })
})
