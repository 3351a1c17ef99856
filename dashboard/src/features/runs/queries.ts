import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import {
  cancelRun,
  cloneRun,
  deleteRun,
  extendRun,
  getRun,
  listRuns,
  pauseRun,
  type Run,
  type RunListed,
  type RunSteered,
  readSketches,
  resumeRun,
  type Series,
  steerRun,
  stopRun,
} from '#client'
import { answer } from '#shared/answer.ts'
import { runKey, runsKey } from '#shared/keys.ts'
import { isFinal } from '#shared/Status.tsx'
import type { RunEvent } from '#shared/stream.ts'
import type { QueryAsked } from './query.ts'

export type RunsAsked = QueryAsked & {
  dataset?: string
  component?: string
  project?: string
  sort?: 'name' | '-name' | 'created_at'
  sort_metric?: string
}

const BUSY_MS = 1500
const QUIET_MS = 6000
const LONG_MS = 60_000

/** The list lives: it is read anew now and then, the rarer the more of it was looked at. What runs is `liveQuery`'s. */
export function runsQuery(asked: RunsAsked) {
  return infiniteQueryOptions({
    queryKey: [...runsKey, asked],
    queryFn: ({ pageParam }) => answer(listRuns({ query: { ...asked, limit: 100, after: pageParam ?? undefined } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 3 ? LONG_MS : QUIET_MS),
  })
}

/** Of the same list, what runs: few rows, asked for often. */
export function liveQuery(asked: RunsAsked, isWanted: boolean) {
  return queryOptions({
    queryKey: [...runsKey, 'live', asked],
    queryFn: () => answer(listRuns({ query: { ...asked, status: ['running'], limit: 100 } })),
    enabled: isWanted && (asked.status?.includes('running') ?? true),
    refetchInterval: BUSY_MS,
  })
}

/** The newest runs of all projects that one sees, however they stand. */
export const newestQuery = queryOptions({
  queryKey: ['newest'],
  queryFn: async () => (await answer(listRuns({ query: { limit: 50 } }))).data,
  refetchInterval: QUIET_MS,
})

/** A few runs whose names hold a word. */
export function foundQuery(search: string, project: string | undefined) {
  return queryOptions({
    queryKey: [...runsKey, 'found', search, project],
    queryFn: () => answer(listRuns({ query: { search, project, limit: 8 } })),
    enabled: search !== '',
    placeholderData: keepPreviousData,
  })
}

/** The rows with what is newer about them. */
export function overlay(runs: RunListed[], newer: RunListed[]): RunListed[] {
  const byId = new Map(newer.map((run) => [run.id, run]))
  return runs.map((run) => byId.get(run.id) ?? run)
}

/** A run's main curve, small; of one that has ended it is asked for once. Rows that come together are asked together. */
export function sketchQuery(run: Pick<RunListed, 'id' | 'status' | 'monitor'>) {
  const names = [...new Set([run.monitor ?? 'val_loss', 'val_loss', 'loss'])]
  return queryOptions({
    queryKey: ['sketch', run.id, isFinal(run.status)],
    queryFn: () => sketchOf(run.id, names),
    select: (series) => names.map((name) => series.find((one) => one.name === name)).find(Boolean),
    staleTime: isFinal(run.status) ? Number.POSITIVE_INFINITY : BUSY_MS,
    refetchInterval: run.status === 'running' ? 2 * BUSY_MS : false,
    enabled: run.status !== 'queued',
  })
}

type Waiting = { id: string; tell: (series: Series[]) => void; fail: (error: unknown) => void }
let waiting: Waiting[] = []
const allNames = new Set<string>()

function sketchOf(id: string, names: string[]): Promise<Series[]> {
  for (const name of names) allNames.add(name)
  return new Promise((tell, fail) => {
    if (waiting.length === 0) setTimeout(askTogether)
    waiting.push({ id, tell, fail })
  })
}

async function askTogether(): Promise<void> {
  const [asked, names] = [waiting.slice(0, 100), [...allNames].slice(0, 20)]
  waiting = waiting.slice(100)
  if (waiting.length > 0) setTimeout(askTogether)
  try {
    const { data } = await answer(readSketches({ query: { run: asked.map(({ id }) => id), names } }))
    for (const { id, tell } of asked) tell(data.find(({ run }) => run === id)?.series ?? [])
  } catch (error) {
    for (const { fail } of asked) fail(error)
  }
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

/** A new run of this one: the epochs that are left, from its last checkpoint on, or all of it from the start (null). */
export function useAgain(id: string, onQueued: (runId: string) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (epochs: number | null) => {
      const path = { run_id: id }
      return answer(epochs ? extendRun({ path, body: { epochs } }) : cloneRun({ path, body: { changes: {} } }))
    },
    onSuccess: (run) => {
      void cache.invalidateQueries({ queryKey: runsKey })
      onQueued(run.id)
    },
  })
}

/** Changes to a run that trains. */
export function useSteer(id: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (body: RunSteered) => answer(steerRun({ path: { run_id: id }, body })),
    onSuccess: (run) => cache.setQueryData<Run>(runKey(id), (before) => ({ ...before, ...run })),
  })
}

export type BulkVerb = Verb | 'delete'

/** One verb for many runs; gives how many it was refused for. */
export function useBulk() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: async ({ verb, ids }: { verb: BulkVerb; ids: string[] }) => {
      const ask = (id: string) => {
        const path = { run_id: id }
        return answer<unknown>(verb === 'delete' ? deleteRun({ path }) : VERBS[verb]({ path }))
      }
      const results = await Promise.allSettled(ids.map(ask))
      return results.filter((one) => one.status === 'rejected').map((one) => one.reason as Error)
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: runsKey }),
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
