import type { RunListed } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'

/**
 * Columns of the list, by the words that stand in the address: `data`, `curve`, … and what a run has of its own:
 * `m.val_loss` (a score), `p.fit.batch_size` (a parameter), `t.team` (a tag).
 */

export const FIXED = ['data', 'curve', 'progress', 'best', 'owner', 'created'] as const
export type Fixed = (typeof FIXED)[number]

export const USUAL: readonly string[] = ['data', 'curve', 'progress', 'best', 'created']

export const FIXED_WORDS: Record<Fixed, string> = {
  data: say('Data set'),
  curve: say('Curve'),
  progress: say('Progress'),
  best: say('Best'),
  owner: say('Owner'),
  created: say('Created'),
}

export function isFixed(column: string): column is Fixed {
  return FIXED.some((one) => one === column)
}

export function readColumns(text: string | undefined): readonly string[] {
  const columns = (text ?? '').split(',').filter((one) => isFixed(one) || /^[mpt]\../.test(one))
  return columns.length > 0 ? [...new Set(columns)] : USUAL
}

export function writeColumns(columns: readonly string[]): string | undefined {
  const text = columns.join(',')
  return text === USUAL.join(',') || text === '' ? undefined : text
}

export function columnWord(column: string): string {
  if (isFixed(column)) return FIXED_WORDS[column]
  const name = column.slice(2)
  return column.startsWith('p.') ? (name.split('.').at(-1) ?? name) : name
}

/** What stands in a column of a run's own; null where the run has no such thing. */
export function columnValue(run: RunListed, column: string): string | null {
  const name = column.slice(2)
  if (column.startsWith('t.')) return run.tags[name] ?? null
  if (column.startsWith('m.')) {
    const metrics = (run.best ?? run.last)?.metrics ?? {}
    return name in metrics ? formatMetric(metrics[name]) : null
  }
  const value = run.parameters[name]
  if (value === undefined) return null
  return typeof value === 'number' ? formatParameter(value) : String(value)
}

function formatParameter(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toLocaleString('en-US') : String(value)
}

export type Choice = { group: string; columns: string[] }

/** All columns that the runs on the screen could fill. */
export function columnChoices(runs: RunListed[]): Choice[] {
  const metrics = new Set<string>()
  const parameters = new Set<string>()
  const tags = new Set<string>()
  for (const run of runs) {
    for (const name of Object.keys((run.best ?? run.last)?.metrics ?? {})) metrics.add(`m.${name}`)
    for (const name of Object.keys(run.parameters)) parameters.add(`p.${name}`)
    for (const name of Object.keys(run.tags)) tags.add(`t.${name}`)
  }
  const sorted = (names: Set<string>) => [...names].sort()
  return [
    { group: say('Always there'), columns: [...FIXED] },
    { group: say('Scores'), columns: sorted(metrics) },
    { group: say('Tags'), columns: sorted(tags) },
    { group: say('Parameters'), columns: sorted(parameters) },
  ].filter((choice) => choice.columns.length > 0)
}

/** What the service is asked to sort by when a column's head is pressed; null where it cannot. */
export function sortOf(column: string, main: string): string | null {
  if (column === 'name') return 'name'
  if (column === 'created') return 'created_at'
  if (column === 'best') return `m.${main}`
  return column.startsWith('m.') ? column : null
}

/** Pressed once: the best first; again: the other way; a third time: as it was. */
export function nextSort(current: string | undefined, by: string): string | undefined {
  if (by === 'created_at') return current === by ? undefined : by // the newest come first without being asked
  const first = by.startsWith('m.') && !/loss|error|mae|mse/.test(by) ? `-${by}` : by
  const second = first.startsWith('-') ? by : `-${by}`
  if (current === first) return second
  return current === second ? undefined : first
}

export function askSorted(sort: string | undefined): { sort?: 'name' | '-name' | 'created_at'; sort_metric?: string } {
  if (sort === 'name' || sort === '-name' || sort === 'created_at') return { sort }
  const [, down = '', metric] = /^(-?)m\.(.+)$/.exec(sort ?? '') ?? []
  return metric ? { sort_metric: down + metric } : {}
}

/** The metric that most of these runs call their best. */
export function commonMain(names: string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? 'val_loss'
}
