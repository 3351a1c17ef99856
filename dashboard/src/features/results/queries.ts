import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query'
import { downloadArtifact, listArtifacts, readEvents, readHistograms } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'
import type { RunEvent } from '#shared/stream.ts'

export function artifactsQuery(id: string) {
  return queryOptions({
    queryKey: runKey(id, 'artifacts'),
    queryFn: () => answer(listArtifacts({ path: { run_id: id } })),
  })
}

/** A small text artifact, such as the loading snippet. */
export function artifactTextQuery(id: string, path: string) {
  return queryOptions({
    queryKey: runKey(id, 'artifact', path),
    queryFn: async () => String(await answer(downloadArtifact({ path: { run_id: id, path }, parseAs: 'text' }))),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** These weights over the epochs; with none of them only what there is. While it trains more come. */
export function histogramsQuery(id: string, names: string[], isLive: boolean) {
  return queryOptions({
    queryKey: runKey(id, 'histograms', ...names),
    queryFn: () => answer(readHistograms({ path: { run_id: id }, query: { name: names } })),
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? 5000 : false,
  })
}

/** All that happened, but for the progress that went by: one list, read to its end. */
export function eventsQuery(id: string) {
  return queryOptions({
    queryKey: runKey(id, 'events'),
    queryFn: async () => {
      const events: RunEvent[] = []
      for (;;) {
        const page = await answer(
          readEvents({ path: { run_id: id }, query: { after: events.at(-1)?.seq ?? 0, limit: 1000 } }),
        )
        events.push(...page.data)
        if (!page.has_more) return events
      }
    },
  })
}

const PARTS: Partial<Record<RunEvent['kind'], string>> = { artifact: 'artifacts', checkpoint: 'checkpoints' }

export function applyToResults(cache: QueryClient, id: string, event: RunEvent): void {
  const refresh = (part: string) =>
    void cache.invalidateQueries({ queryKey: runKey(id, part) }, { cancelRefetch: false })
  const part = PARTS[event.kind]
  if (part) refresh(part)
  if (event.kind === 'phase' || event.kind === 'end') refresh('summary')
  if (event.kind !== 'progress' && event.kind !== 'log') {
    cache.setQueryData<RunEvent[]>(runKey(id, 'events'), (known) =>
      known && (known.at(-1)?.seq ?? 0) < event.seq ? [...known, event] : known,
    )
  }
}
