import { queryOptions } from '@tanstack/react-query'
import { listQueue, listWorkers } from '#client'
import { answer } from '#shared/answer.ts'

const FLOOR_MS = 3000

export const workersQuery = queryOptions({
  queryKey: ['workers'],
  queryFn: () => answer(listWorkers()),
  refetchInterval: FLOOR_MS,
})

export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: () => answer(listQueue({ query: { limit: 200 } })),
  refetchInterval: FLOOR_MS,
})
