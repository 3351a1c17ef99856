import { queryOptions } from '@tanstack/react-query'
import { listCheckpoints, readSummary } from '#client'
import { answer } from './answer.ts'
import { runKey } from './keys.ts'
import { isMissing } from './problem.ts'

/** What a run has of its model, asked for by more than one page. */

/** Null where there is no model: not built yet, or never. */
export function summaryQuery(id: string, isBuilt: boolean) {
  return queryOptions({
    enabled: isBuilt,
    queryKey: runKey(id, 'summary'),
    queryFn: () =>
      answer(readSummary({ path: { run_id: id } })).catch((error: unknown) => {
        if (isMissing(error)) return null
        throw error
      }),
  })
}

export function checkpointsQuery(id: string) {
  return queryOptions({
    queryKey: runKey(id, 'checkpoints'),
    queryFn: () => answer(listCheckpoints({ path: { run_id: id } })),
  })
}
