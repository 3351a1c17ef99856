import { formatMetric } from '#shared/numbers.ts'

/** A value of a table: numbers short, dates without their midnight, gaps empty. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US') : formatMetric(value)
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value).replace(/T00:00:00(\.0+)?Z?$/, '')
}

/** `{edges, counts}` as the profiler writes it; null where a column has none. */
export function barsOf(
  histogram: Record<string, unknown> | null | undefined,
): { edges: number[]; counts: number[] } | null {
  const { edges, counts } = histogram ?? {}
  if (!Array.isArray(edges) || !Array.isArray(counts) || counts.length === 0) return null
  return { edges: edges.map(Number), counts: counts.map(Number) }
}
