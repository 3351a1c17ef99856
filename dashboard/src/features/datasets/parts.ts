import type { Upload } from '#client'

/** How a file is cut, and how fast it goes. */

const PART = 8 * 2 ** 20
const MOST_PARTS = 10_000
const ROUND = 64 * 2 ** 10

/** `My Houses (2).csv` → `my-houses-2`: a name that a spec can say. */
export function datasetName(filename: string): string {
  const stem = filename.replace(/\.(csv|tsv|parquet|npz|zip|jsonl|ndjson|json)$/i, '')
  return (
    stem
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-._]+|[-._]+$/g, '') || 'data'
  )
}

/** So long that the service's most parts are enough. */
export function partBytes(size: number): number {
  return Math.max(PART, Math.ceil(size / MOST_PARTS / ROUND) * ROUND)
}

/** The numbers of the parts that have not come, from 1. */
export function missingParts({ parts, received }: Pick<Upload, 'parts' | 'received'>): number[] {
  const there = new Set(received)
  return Array.from({ length: parts }, (_, nth) => nth + 1).filter((number) => !there.has(number))
}

const WINDOW_MS = 6000

/** Bytes a second over the last seconds; null before there is anything to say. */
export function makeMeter(): (sent: number, now: number) => number | null {
  let seen: { sent: number; at: number }[] = []
  return (sent, now) => {
    seen = [...seen.filter(({ at }) => now - at < WINDOW_MS), { sent, at: now }]
    const first = seen[0]
    if (!first || now - first.at < 500) return null
    return Math.max(0, ((sent - first.sent) / (now - first.at)) * 1000)
  }
}
