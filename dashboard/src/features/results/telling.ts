import { formatBytes, formatMetric } from '#shared/numbers.ts'
import type { RunEvent } from '#shared/stream.ts'
import { say, sayWord } from '#shared/words.ts'

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
      return [sayWord(event.status), event.ended_by && sayWord(event.ended_by)].filter(Boolean).join(', ')
    case 'phase':
      return sayWord(event.phase)
    case 'metrics':
      return say('epoch {epoch}: {metrics}', { epoch: event.epoch, metrics: someMetrics(event.metrics) })
    case 'checkpoint':
      return [
        event.epoch ? say('“{name}” of epoch {epoch}', { name: event.name, epoch: event.epoch }) : `“${event.name}”`,
        event.bytes && formatBytes(event.bytes),
      ]
        .filter(Boolean)
        .join(', ')
    case 'attempt':
      return [
        say('attempt {number} {state}', { number: event.number, state: event.state }),
        event.worker && say('on {worker}', { worker: event.worker }),
        event.reason,
      ]
        .filter(Boolean)
        .join(', ')
    case 'artifact':
      return `${event.path}, ${formatBytes(event.bytes)}`
    case 'end':
      return [sayWord(event.status), event.ended_by && sayWord(event.ended_by), event.failure?.message]
        .filter(Boolean)
        .join(', ')
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
