import { formatBytes, formatMetric } from '#shared/numbers.ts'
import type { RunEvent } from '#shared/stream.ts'

function someMetrics(metrics: Record<string, number | null> | undefined): string {
  return Object.entries(metrics ?? {})
    .slice(0, 4)
    .map(([name, value]) => `${name} ${formatMetric(value)}`)
    .join(' · ')
}

/** An event in a sentence; null for what only moves a bar. */
export function tellEvent(event: RunEvent): string | null {
  switch (event.kind) {
    case 'status':
      return [event.status, event.ended_by?.replaceAll('_', ' ')].filter(Boolean).join(', ')
    case 'phase':
      return event.phase
    case 'metrics':
      return `epoch ${event.epoch}: ${someMetrics(event.metrics)}`
    case 'checkpoint':
      return `“${event.name}”${event.epoch ? ` of epoch ${event.epoch}` : ''}${event.bytes ? `, ${formatBytes(event.bytes)}` : ''}`
    case 'attempt':
      return [`attempt ${event.number} ${event.state}`, event.worker && `on ${event.worker}`, event.reason]
        .filter(Boolean)
        .join(', ')
    case 'artifact':
      return `${event.path}, ${formatBytes(event.bytes)}`
    case 'end':
      return [event.status, event.ended_by?.replaceAll('_', ' '), event.failure?.message].filter(Boolean).join(', ')
    case 'health':
      return tellHealth(event)
    default:
      return null
  }
}

function tellHealth(event: object): string {
  const own = new Set(['seq', 'at', 'attempt', 'kind'])
  return Object.entries(event)
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}
