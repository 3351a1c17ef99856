import { queryOptions } from '@tanstack/react-query'
import { createBoard } from '#client'
import { answer } from '#shared/answer.ts'
import { Refused } from '#shared/problem.ts'

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
