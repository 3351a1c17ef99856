import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { type Metrics, readMetrics } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'
import type { RunEvent } from '#shared/stream.ts'
import { addEpoch } from './groups.ts'

const SYSTEM_MS = 3000

/** All curves of a run. Epochs arrive by event; what the machine does is asked for while the run is alive. */
export function metricsQuery(id: string, isLive: boolean) {
  return queryOptions({
    queryKey: runKey(id, 'metrics'),
    queryFn: () => answer(readMetrics({ path: { run_id: id }, query: { max_points: 2000 } })),
    refetchInterval: isLive ? SYSTEM_MS : false,
  })
}

export function applyToCurves(cache: QueryClient, id: string, event: RunEvent): void {
  if (event.kind === 'metrics') {
    const { epoch, metrics = {} } = event
    cache.setQueryData<Metrics>(runKey(id, 'metrics'), (known) => known && addEpoch(known, epoch, metrics))
  } else if (event.kind === 'end' || event.kind === 'attempt') {
    void cache.invalidateQueries({ queryKey: runKey(id, 'metrics') })
  }
}
