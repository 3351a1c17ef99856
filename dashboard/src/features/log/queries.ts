import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { type LogLine, readLogs } from '#client'
import { answer } from '#shared/answer.ts'
import { runKey } from '#shared/keys.ts'
import type { RunEvent } from '#shared/stream.ts'

export type Level = 'info' | 'error'
type Read = { lines: LogLine[]; cursor: string | undefined }

/** The whole log so far; a refetch asks only for what came after. */
export function logQuery(cache: QueryClient, id: string, level: Level) {
  const queryKey = runKey(id, 'log', level)
  return queryOptions({
    queryKey,
    queryFn: async (): Promise<Read> => {
      const before = cache.getQueryData<Read>(queryKey)
      return readOn(id, level, before ?? { lines: [], cursor: undefined })
    },
  })
}

async function readOn(id: string, level: Level, before: Read): Promise<Read> {
  let { cursor } = before
  const fresh: LogLine[] = []
  for (;;) {
    const page = await answer(readLogs({ path: { run_id: id }, query: { after: cursor, level, limit: 5000 } }))
    fresh.push(...page.data)
    cursor = page.next_cursor
    if (!page.has_more) return fresh.length > 0 ? { lines: [...before.lines, ...fresh], cursor } : { ...before, cursor }
  }
}

export function applyToLog(cache: QueryClient, id: string, event: RunEvent): void {
  if (event.kind === 'log' || event.kind === 'end') {
    void cache.invalidateQueries({ queryKey: runKey(id, 'log') }, { cancelRefetch: false })
  }
}
