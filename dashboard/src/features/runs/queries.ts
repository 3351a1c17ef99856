import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { cancelRun, deleteRun, getRun, listRuns, pauseRun, type Run, resumeRun, stopRun } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey, runsKey } from '#shared/keys.ts'
import { isFinal, type RunStatus } from '#shared/Status.tsx'
import type { RunEvent } from '#shared/stream.ts'

export type RunsAsked = { status?: RunStatus[]; search?: string; dataset?: string; project?: string }

const BUSY_MS = 1500
const QUIET_MS = 6000

/** The list lives: it is read anew, quickly while something moves. */
export function runsQuery(asked: RunsAsked) {
  return infiniteQueryOptions({
    queryKey: [...runsKey, asked],
    queryFn: ({ pageParam }) => answer(listRuns({ query: { ...asked, limit: 50, after: pageParam ?? undefined } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => {
      const moves = query.state.data?.pages.some((page) => page.data.some((run) => !isFinal(run.status)))
      return moves ? BUSY_MS : QUIET_MS
    },
  })
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: runKey(id),
    queryFn: () => answer(getRun({ path: { run_id: id } })),
    refetchInterval: (query) => (query.state.data && !isFinal(query.state.data.status) ? 5000 : false),
  })
}

/** What an event changes about the run that is on the screen; the rest is read anew. */
export function applyToRun(cache: QueryClient, id: string, event: RunEvent): void {
  if (event.kind === 'progress') {
    cache.setQueryData<Run>(runKey(id), (run) => run && { ...run, progress: { ...run.progress, ...event } })
  } else if (event.kind !== 'log') {
    void cache.invalidateQueries({ queryKey: runKey(id), exact: true })
  }
}

const VERBS = { pause: pauseRun, resume: resumeRun, stop: stopRun, cancel: cancelRun } as const
export type Verb = keyof typeof VERBS

export function useVerb(id: string, verb: Verb) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => answer(VERBS[verb]({ path: { run_id: id } })),
    onSuccess: (run) => {
      cache.setQueryData<Run>(runKey(id), (before) => ({ ...before, ...run }))
      void cache.invalidateQueries({ queryKey: runsKey })
    },
  })
}

export function useDeleteRun(id: string, onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => answer(deleteRun({ path: { run_id: id } })),
    onSuccess: () => {
      cache.removeQueries({ queryKey: runKey(id) })
      void cache.invalidateQueries({ queryKey: runsKey })
      onDone()
    },
  })
}
