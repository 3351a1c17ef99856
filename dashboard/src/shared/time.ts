import { locale, say, sayWord } from './words.ts'

/** Times as people say them. Instants come as RFC 3339; spans are seconds. */

const SPANS: [number, string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
]

/** `3s`, `2m 10s`, `4h 2m`, `3d 4h`: the two greatest units. */
export function formatSpan(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds))
  if (rest === 0) return seconds > 0 ? say('< 1s') : say('0s')
  const parts: string[] = []
  for (const [size, unit] of SPANS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count}${sayWord(unit)}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

const AGO: [number, number, string][] = [
  [3600, 60, 'm'],
  [86_400, 3600, 'h'],
  [86_400 * 30, 86_400, 'd'],
  [86_400 * 365, 86_400 * 30, 'mo'],
  [Number.POSITIVE_INFINITY, 86_400 * 365, 'y'],
]

/** `just now`, `5m ago`, `3h ago`: as short as a column wants it. */
export function formatAgo(instant: string, now: number): string {
  const seconds = (now - Date.parse(instant)) / 1000
  if (seconds < 10) return say('just now')
  if (seconds < 60) return say('{span} ago', { span: formatSpan(Math.floor(seconds / 10) * 10) })
  const step = AGO.find(([below]) => seconds < below)
  return step ? say('{span} ago', { span: `${Math.floor(seconds / step[1])}${sayWord(step[2])}` }) : say('long ago')
}

export function formatInstant(instant: string): string {
  return new Date(instant).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' })
}

export function secondsBetween(start: string, end: string | number): number {
  return ((typeof end === 'number' ? end : Date.parse(end)) - Date.parse(start)) / 1000
}

/** A place on the clock, in seconds since 1970; with the date where `span` seconds are more than a day. */
export function formatClock(seconds: number, span: number): string {
  const day = span > 86_400 ? ({ day: 'numeric', month: 'short' } as const) : {}
  const fine = span < 600 ? ({ second: '2-digit' } as const) : {}
  return new Date(seconds * 1000).toLocaleString(locale(), { ...day, hour: '2-digit', minute: '2-digit', ...fine })
}
