import { useEffect, useRef, useState } from 'react'
import type { ReadEventsResponse } from '#client'

export type RunEvent = ReadEventsResponse['data'][number]

const KINDS = [
  'status',
  'phase',
  'progress',
  'metrics',
  'log',
  'checkpoint',
  'attempt',
  'artifact',
  'health',
  'steering',
  'end',
]

/**
 * Follows a run's events from `after` on until it ends. The browser reconnects by itself and says
 * where it was (`Last-Event-ID`), so that nothing is lost or told twice.
 */
export function useRunEvents(runId: string, after: number | undefined, tell: (event: RunEvent) => void): boolean {
  const [isConnected, setConnected] = useState(true)
  const listener = useRef(tell)
  listener.current = tell
  const start = useRef(after)
  start.current = after
  const isReady = after !== undefined
  useEffect(() => {
    if (!isReady) return
    const source = new EventSource(`/v1/runs/${runId}/events?after=${start.current}`)
    const hear = (message: MessageEvent<string>) => {
      const event: RunEvent = JSON.parse(message.data)
      listener.current(event)
      if (event.kind === 'end') source.close()
    }
    for (const kind of ['message', ...KINDS]) source.addEventListener(kind, hear)
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    return () => source.close()
  }, [runId, isReady])
  return isConnected
}
