import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { type Metrics, readEvents, readMetrics } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'
import type { RunEvent } from '#shared/stream.ts'
import { addEpoch } from './groups.ts'

const SYSTEM_MS = 3000
const MANY = 20_000

/** All curves of a run. Epochs arrive by event; what the machine does is asked for while the run is alive. */
export function metricsQuery(id: string, isLive: boolean, times = false) {
  return queryOptions({
    queryKey: runKey(id, 'metrics', times),
    queryFn: () => answer(readMetrics({ path: { run_id: id }, query: { max_points: 2000, times } })),
    refetchInterval: ({ state }) => isLive && (pointsIn(state.data) < MANY ? SYSTEM_MS : 5 * SYSTEM_MS),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  })
}

function pointsIn(metrics: Metrics | undefined): number {
  return (metrics?.series ?? []).reduce((sum, one) => sum + one.total, 0)
}

export function applyToCurves(cache: QueryClient, id: string, event: RunEvent): void {
  if (event.kind === 'metrics') {
    const { epoch, metrics = {}, at } = event
    const grow = (known: Metrics | undefined) => known && addEpoch(known, epoch, metrics, at)
    cache.setQueriesData<Metrics>({ queryKey: runKey(id, 'metrics') }, grow)
  } else if (event.kind === 'steering') {
    cache.setQueryData<Steering[]>(runKey(id, 'steering'), (known) => [...(known ?? []), event])
  } else if (event.kind === 'end' || event.kind === 'attempt') {
    void cache.invalidateQueries({ queryKey: runKey(id, 'metrics') })
  }
}

export type Steering = Extract<RunEvent, { kind: 'steering' }>

/** What was changed about the run under way; only of a run that says something was. */
export function steeringQuery(id: string, wasSteered: boolean) {
  return queryOptions({
    queryKey: runKey(id, 'steering'),
    queryFn: async () => {
      const found: Steering[] = []
      for (let after = 0; ; ) {
        const page = await answer(readEvents({ path: { run_id: id }, query: { after, limit: 1000 } }))
        found.push(...page.data.filter((event) => event.kind === 'steering'))
        after = page.data.at(-1)?.seq ?? after
        if (!page.has_more) return found
      }
    },
    enabled: wasSteered,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Some curves of a run between two epochs, with the points that were left out of the whole. */
export function windowQuery(id: string, names: string[], span: [number, number] | null, times: boolean) {
  return queryOptions({
    queryKey: runKey(id, 'window', names, span, times),
    queryFn: () => {
      const [first, last] = span ?? [0, 0]
      return answer(readMetrics({ path: { run_id: id }, query: { names, max_points: 2000, first, last, times } }))
    },
    enabled: span !== null,
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  })
}
