import type { Run } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'

/** What tells runs apart: their specs as paths and short values, and their scores. */

export type Value = string | number | boolean
export type Row = { name: string; values: (Value | null)[]; isDifferent: boolean }

/** What says nothing of what a run learns, or that the page shows elsewhere. */
const QUIET = /^(name|tags|project|queue|priority|components|export|resources|retry|fit\.tensorboard|fit\.callbacks)\b/

function isScalar(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function nameOf(item: unknown, nth: number): string {
  return typeof item === 'object' && item !== null && 'name' in item ? String(item.name) : String(nth)
}

/** A spec as `path → value`: an object is its class and its arguments lie below it, a layer goes by its name. */
export function flatten(value: unknown, path = '', into = new Map<string, Value>()): Map<string, Value> {
  if (QUIET.test(path)) return into
  if (isScalar(value)) into.set(path, value)
  else if (Array.isArray(value)) {
    if (value.every(isScalar) && value.length > 0) into.set(path, value.join(', '))
    else for (const [nth, item] of value.entries()) flatten(item, join(path, nameOf(item, nth)), into)
  } else if (typeof value === 'object' && value !== null) flattenObject(value as Record<string, unknown>, path, into)
  return into
}

function flattenObject(value: Record<string, unknown>, path: string, into: Map<string, Value>): void {
  if (typeof value.class_name === 'string') {
    into.set(path, value.class_name)
    flatten(value.config, path, into)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    const isPlain = key === 'layer' || (key === 'name' && 'layer' in value)
    if (key !== 'name' || !('layer' in value)) flatten(inner, isPlain ? path : join(path, key), into)
  }
}

function join(path: string, step: string): string {
  return path ? `${path}.${step}` : step
}

function rowsOf(tables: Map<string, Value>[]): Row[] {
  const names = [...new Set(tables.flatMap((table) => [...table.keys()]))]
  return names.map((name) => {
    const values = tables.map((table) => table.get(name) ?? null)
    return { name, values, isDifferent: values.some((value) => value !== values[0]) }
  })
}

export function specRows(runs: Pick<Run, 'spec'>[]): Row[] {
  return rowsOf(runs.map((run) => flatten(run.spec)))
}

export type Scored = Pick<Run, 'best' | 'last' | 'test'>

export function scoresOf(run: Scored): Record<string, number | null> {
  return (run.best ?? run.last)?.metrics ?? {}
}

export function scoreRows(runs: Scored[]): Row[] {
  const best = runs.map((run) => new Map(numbers(scoresOf(run))))
  const test = runs.map(
    (run) =>
      new Map(numbers(run.test?.metrics ?? {}).map(([name, value]) => [say('test {metric}', { metric: name }), value])),
  )
  return [...rowsOf(best), ...rowsOf(test)].filter((row) => !row.name.startsWith('learning_rate'))
}

function numbers(metrics: Record<string, number | null>): [string, number][] {
  return Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== null)
}

/** Whether less of it is better; else more is. */
export function isLess(metric: string): boolean {
  return /loss|error|mae|mse|rmse|divergence|hinge/i.test(metric)
}

/** Which of the values is the best; null where there are not two to choose from. */
export function bestOf(row: Row): number | null {
  const given = row.values.map((value, nth) => ({ value, nth })).filter((one) => typeof one.value === 'number')
  if (given.length < 2 || !row.isDifferent) return null
  const sorted = given.sort((one, other) => Number(one.value) - Number(other.value))
  return (isLess(row.name) ? sorted[0] : sorted.at(-1))?.nth ?? null
}

export function valueWords(value: Value | null): string {
  if (value === null) return '·'
  if (typeof value !== 'number') return String(value)
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e7) return value.toLocaleString('en-US')
  return size >= 1e-4 && size < 1e5 ? String(Number(value.toPrecision(4))) : formatMetric(value)
}
