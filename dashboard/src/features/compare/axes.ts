import { isLess, type Row, type Value } from './differences.ts'

/** An axis of the parallel lines, and of the scatter: where each run's value stands, 0 to 1. */
export type Axis = { name: string; places: (number | null)[]; ticks: { at: number; word: string }[] }

export const MOST_AXES = 7

export function axisOf(row: Row, write: (value: Value) => string): Axis {
  const given = row.values.filter((value): value is Value => value !== null)
  return given.every((value) => typeof value === 'number') ? byNumber(row, write) : byWord(row)
}

function byNumber(row: Row, write: (value: Value) => string): Axis {
  const numbers = row.values.filter((value): value is number => typeof value === 'number')
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const isLog = low > 0 && high / low >= 20
  const scale = isLog ? Math.log : (value: number) => value
  const [start, end] = [scale(low), scale(high)]
  const place = (value: number) => (end === start ? 0.5 : (scale(value) - start) / (end - start))
  const distinct = [...new Set(numbers)]
  const told = distinct.length <= 5 ? distinct : [low, isLog ? Math.sqrt(low * high) : (low + high) / 2, high]
  return {
    name: row.name,
    places: row.values.map((value) => (typeof value === 'number' ? place(value) : null)),
    ticks: told.map((value) => ({ at: place(value), word: write(Number(value.toPrecision(4))) })),
  }
}

function byWord(row: Row): Axis {
  const words = [...new Set(row.values.filter((value) => value !== null).map(String))].sort()
  const place = (word: string) => (words.length < 2 ? 0.5 : words.indexOf(word) / (words.length - 1))
  return {
    name: row.name,
    places: row.values.map((value) => (value === null ? null : place(String(value)))),
    ticks: words.map((word) => ({ at: place(word), word })),
  }
}

/** The parameters that differ, the telling ones first: those that some runs share, numbers before words. */
export function tellingRows(rows: Row[]): Row[] {
  const weight = (row: Row) => {
    const given = row.values.filter((value) => value !== null)
    const isNumber = given.every((value) => typeof value === 'number')
    return (given.length / row.values.length) * 4 + (isNumber ? 1 : 0)
  }
  return rows
    .filter((row) => row.isDifferent)
    .sort((one, other) => weight(other) - weight(one))
    .slice(0, MOST_AXES)
}

/** The score that runs are compared by where nobody chose one. */
export function usualMetric(rows: Row[], monitors: (string | null)[]): string | undefined {
  const names = rows.map((row) => row.name)
  return [...monitors.filter((one) => one !== null), 'val_loss', 'loss', ...names].find((name) => names.includes(name))
}

/** The runs' places in the order of a score, the best first. */
export function ranks(row: Row): number[] {
  const sign = isLess(row.name) ? 1 : -1
  const worth = (value: Value | null) => (typeof value === 'number' ? value * sign : Number.POSITIVE_INFINITY)
  return row.values.map((_, nth) => nth).sort((a, b) => worth(row.values[a] ?? null) - worth(row.values[b] ?? null))
}
