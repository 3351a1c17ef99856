import type { RunListed } from '#client'
import { columnValue } from './columns.ts'

/** Runs by what they have in a column of their own (`t.team`, `p.fit.batch_size`). */

export const MOST_GROUPED = 2000

export type Group = {
  kind: 'group'
  /** What stands in the address: `=vision`, and `-` for runs that have no such thing. */
  key: string
  value: string | null
  runs: RunListed[]
  best: number | null
  median: number | null
  isOpen: boolean
}

export function isGroup(item: RunListed | Group): item is Group {
  return 'kind' in item && item.kind === 'group'
}

export function readClosed(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? '').split(',').filter(Boolean).map(decode))
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    return word
  }
}

export function writeClosed(closed: ReadonlySet<string>): string | undefined {
  return [...closed].map(encodeURIComponent).join(',') || undefined
}

/** In the order in which the list has their first runs: a sorted list has the best group first. */
export function groupRuns(runs: RunListed[], column: string, metric: string, closed: ReadonlySet<string>): Group[] {
  const groups = new Map<string, { value: string | null; runs: RunListed[] }>()
  for (const run of runs) {
    const value = columnValue(run, column)
    const key = value === null ? '-' : `=${value}`
    const known = groups.get(key)
    if (known) known.runs.push(run)
    else groups.set(key, { value, runs: [run] })
  }
  return [...groups].map(([key, group]) => ({
    kind: 'group',
    key,
    ...group,
    ...tellScores(group.runs, metric),
    isOpen: !closed.has(key),
  }))
}

/** The best and the median of a metric, of those that have it. */
function tellScores(runs: RunListed[], metric: string): { best: number | null; median: number | null } {
  const values = runs
    .map((run) => (run.best ?? run.last)?.metrics?.[metric])
    .filter((value) => typeof value === 'number')
    .sort((one, other) => one - other)
  const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]]
  const best = /loss|error|mae|mse/.test(metric) ? values[0] : values.at(-1)
  return { best: best ?? null, median: low === undefined || high === undefined ? null : (low + high) / 2 }
}

/** Heads and the runs of what is open, as they stand below one another. */
export function rowsOf(groups: Group[]): (RunListed | Group)[] {
  return groups.flatMap((group) => (group.isOpen ? [group, ...group.runs] : [group]))
}
