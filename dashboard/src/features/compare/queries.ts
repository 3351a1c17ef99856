import { queryOptions } from '@tanstack/react-query'
import { createBoard, readWeights } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'
import { isMissing, Refused } from '#shared/problem.ts'
import type { Side } from './sides.ts'

/** The one TensorBoard over these runs, which is found by asking for it; null while none of them has anything for it. */
export function boardQuery(ids: string[]) {
  return queryOptions({
    queryKey: ['board', ...ids],
    queryFn: () =>
      answer(createBoard({ body: { runs: ids } })).catch((error: unknown) => {
        if (error instanceof Refused && error.code === 'no_event_files') return null
        throw error
      }),
    refetchInterval: (query) => (query.state.data === null ? 4000 : false),
  })
}

/** One checkpoint's weights against another's; null where one of the two has none. */
export function weightsQuery(one: Side, other: Side) {
  const asked = { checkpoint: one.checkpoint, against: other.checkpoint, against_run: other.id }
  return queryOptions({
    queryKey: runKey(one.id, 'weights', asked),
    queryFn: () =>
      answer(readWeights({ path: { run_id: one.id }, query: asked })).catch((error: unknown) => {
        if (isMissing(error)) return null
        throw error
      }),
    staleTime: 30_000,
  })
}
