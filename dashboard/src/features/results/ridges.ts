import type { Histogram } from '#client'

/** Histograms of one weight as ridges, one behind the other. */

export type LayerWeights = { name: string; weights: string[] }

/** `lstm/lstm_cell/kernel` is a weight of `lstm/lstm_cell`. */
export function layersOf(names: string[]): LayerWeights[] {
  const layers = new Map<string, string[]>()
  for (const name of names) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf('/'))) || name
    layers.set(layer, [...(layers.get(layer) ?? []), name])
  }
  return [...layers].map(([name, weights]) => ({ name, weights }))
}

export const BINS = 60

/** From where to where all of them reach. */
export function reachOf(histograms: Histogram[]): [number, number] {
  const low = Math.min(...histograms.map(({ edges }) => edges[0] ?? 0))
  const high = Math.max(...histograms.map(({ edges }) => edges.at(-1) ?? 0))
  return high > low ? [low, high] : [low - 0.5, high + 0.5]
}

/**
 * A histogram in the bins that all of them share: what lies in a bucket is spread evenly over it. As shares of the
 * highest bin, so that the first epoch, when a bias is nothing but zeros, does not make all others flat.
 */
export function rebin({ edges, counts }: Histogram, [low, high]: [number, number]): number[] {
  const width = (high - low) / BINS
  const bins = Array.from({ length: BINS }, () => 0)
  for (const [nth, count] of counts.entries()) {
    const [left, right] = [edges[nth] ?? low, edges[nth + 1] ?? low]
    const first = Math.min(BINS - 1, Math.max(0, Math.floor((left - low) / width)))
    const last = Math.min(BINS - 1, Math.max(first, Math.ceil((right - low) / width) - 1))
    for (let bin = first; bin <= last; bin += 1) {
      const inside = Math.min(right, low + (bin + 1) * width) - Math.max(left, low + bin * width)
      bins[bin] = (bins[bin] ?? 0) + (last === first ? count : (count * inside) / (right - left))
    }
  }
  const most = Math.max(...bins)
  return most > 0 ? bins.map((bin) => bin / most) : bins
}
