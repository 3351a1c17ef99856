import { expect, test } from 'vitest'
import type { RunListed } from '#client'
import { groupRuns, readClosed, rowsOf, writeClosed } from './grouping.ts'

function run(id: string, team: string | undefined, loss: number | null): RunListed {
  const best = loss === null ? null : { epoch: 1, metrics: { val_loss: loss, auc: 1 - loss } }
  // Only what grouping looks at.
  return { id, tags: team === undefined ? {} : { team }, parameters: {}, best, last: null } as unknown as RunListed
}

const RUNS = [run('a', 'vision', 0.4), run('b', 'text', 0.2), run('c', 'vision', 0.1), run('d', 'vision', null)]

test('groups stand in the order of their first runs, with the best and the median of those that have a score', () => {
  const told = groupRuns([...RUNS, run('e', undefined, 0.3)], 't.team', 'val_loss', new Set())
  expect(told.map(({ value, runs, best, median }) => [value, runs.length, best, median])).toEqual([
    ['vision', 3, 0.1, 0.25],
    ['text', 1, 0.2, 0.2],
    [null, 1, 0.3, 0.3],
  ])
  expect(groupRuns(RUNS, 't.team', 'auc', new Set())[0]?.best).toBe(0.9)
  expect(groupRuns(RUNS, 't.team', 'nothing', new Set())[0]).toMatchObject({ best: null, median: null })
})

test('what is closed stands in the address, whatever its value, and shows its head alone', () => {
  const odd = new Set(['=a,b', '-', '=%'])
  expect(readClosed(writeClosed(odd))).toEqual(odd)
  expect(writeClosed(new Set())).toBeUndefined()
  expect(readClosed('%E0%A4%A')).toEqual(new Set(['%E0%A4%A']))
  const rows = rowsOf(groupRuns(RUNS, 't.team', 'val_loss', new Set(['=vision'])))
  expect(rows.map((row) => ('kind' in row ? `[${row.key}]` : row.id))).toEqual(['[=vision]', '[=text]', 'b'])
})
