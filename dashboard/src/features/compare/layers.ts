import type { Layer, Summary, Weight } from '#client'
import { formatShape } from '#shared/layers.ts'

/** Two models, layer beside layer: what the one has that the other lacks, and what both have otherwise. */

export type Change = 'same' | 'changed' | 'removed' | 'added'
export type Pair = { before: Layer | null; after: Layer | null; change: Change }

const ALONE = 0.8
const NEVER = Number.POSITIVE_INFINITY

/** How unlike two layers are: 0 alike, more than two layers alone for those that are never one another. */
function distance(before: Layer, after: Layer): number {
  if (before.class !== after.class) return NEVER
  if (before.class === 'InputLayer') return before.name === after.name ? 0 : NEVER
  const isShaped = formatShape(before.output_shape) === formatShape(after.output_shape)
  const unlike = isShaped ? (before.parameters === after.parameters ? 0 : 0.5) : 1
  return unlike + (before.name === after.name ? 0 : 0.2)
}

function isAlike(before: Layer, after: Layer): boolean {
  return formatShape(before.output_shape) === formatShape(after.output_shape) && before.parameters === after.parameters
}

/** The least unlikeness of what stands from these places on, in `before` and in `after`. */
type Costs = (row: number, column: number) => number

function costsOf(before: Layer[], after: Layer[]): Costs {
  const wide = after.length + 1
  const costs = new Float64Array((before.length + 1) * wide)
  const at: Costs = (row, column) => costs[row * wide + column] ?? NEVER
  for (let row = before.length; row >= 0; row -= 1)
    for (let column = after.length; column >= 0; column -= 1) {
      const [one, other] = [before[row], after[column]]
      costs[row * wide + column] =
        one && other
          ? Math.min(together(at, row, column, one, other), at(row + 1, column) + ALONE, at(row, column + 1) + ALONE)
          : (before.length - row + after.length - column) * ALONE
    }
  return at
}

function together(at: Costs, row: number, column: number, one: Layer, other: Layer): number {
  return at(row + 1, column + 1) + distance(one, other)
}

function pairOf(before: Layer | null, after: Layer | null): Pair {
  if (before === null) return { before, after, change: 'added' }
  if (after === null) return { before, after, change: 'removed' }
  return { before, after, change: isAlike(before, after) ? 'same' : 'changed' }
}

/** What comes next where these two are the first that are left. */
function stepAt(at: Costs, row: number, column: number, one: Layer | null, other: Layer | null): Pair {
  if (one === null || other === null) return pairOf(one, other)
  if (at(row, column) === together(at, row, column, one, other)) return pairOf(one, other)
  return at(row, column) === at(row + 1, column) + ALONE ? pairOf(one, null) : pairOf(null, other)
}

/**
 * The pairs with the least difference in all, in the order of both. A layer's name says little (`dense_1` is another one
 * once a layer was put before it), so that kind, shape and parameters count for more.
 */
export function pairLayers(before: Layer[], after: Layer[]): Pair[] {
  const at = costsOf(before, after)
  const pairs: Pair[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    const pair = stepAt(at, row, column, before[row] ?? null, after[column] ?? null)
    pairs.push(pair)
    if (pair.before) row += 1
    if (pair.after) column += 1
  }
  return pairs
}

/** What a graph marks in its boxes, by the layers' names. */
export function marksOf(pairs: Pair[], side: 'before' | 'after'): Map<string, Change> {
  return new Map(
    pairs.flatMap((pair) => {
      const layer = pair[side]
      return layer && pair.change !== 'same' ? [[layer.name, pair.change] as const] : []
    }),
  )
}

/** A model within a model has its layers' weights under its own name, and is told as one. */
export function weightsOf(layer: Layer, weights: Weight[]): Weight[] {
  return weights.filter(({ name }) => name.startsWith(`${layer.name}/`))
}

/**
 * How far apart a layer's weights are, as a share of their own length; null where not all of them can be compared. 0: equal
 * to the last bit; about 1.4: two that have nothing to do with one another.
 */
export function gapOf(weights: Weight[]): number | null {
  if (weights.length === 0 || weights.some(({ difference }) => !difference)) return null
  const gap = weights.reduce((sum, { difference }) => sum + (difference?.norm ?? 0) ** 2, 0)
  const own = weights.reduce(
    (sum, { count, non_finite, mean, spread }) => sum + (count - non_finite) * ((mean ?? 0) ** 2 + (spread ?? 0) ** 2),
    0,
  )
  if (gap === 0) return 0
  return own > 0 ? Math.sqrt(gap / own) : null
}

export type Totals = { parameters: [number, number]; changes: Record<Change, number> }

export function totalsOf(before: Summary, after: Summary, pairs: Pair[]): Totals {
  const count = (change: Change) => pairs.filter((pair) => pair.change === change).length
  return {
    parameters: [before.parameters, after.parameters],
    changes: { same: count('same'), changed: count('changed'), removed: count('removed'), added: count('added') },
  }
}
