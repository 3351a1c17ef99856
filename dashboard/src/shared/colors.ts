/**
 * One colour per run, on every page: whoever is seen first takes the next one, far from the one before, and keeps it in
 * this browser. So runs that lie beside one another in a list differ when they lie over one another in a chart.
 */

const KEY = 'hg-colors'
const MOST = 600
const GOLDEN_ANGLE = 137.508

let taken: Map<string, number> | null = null

function remembered(): Map<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return new Map(Array.isArray(found) ? found : [])
  } catch {
    return new Map()
  }
}

function placeOf(id: string): number {
  taken ??= remembered()
  const known = taken.get(id)
  if (known !== undefined) return known
  const place = Math.max(-1, ...taken.values()) + 1
  taken.set(id, place)
  const kept = [...taken].slice(-MOST)
  if (taken.size > MOST) taken = new Map(kept)
  try {
    localStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // a browser that keeps nothing gives colours anew with each page
  }
  return place
}

function paint(id: string, lightness: string): string {
  const hue = (264 + placeOf(id) * GOLDEN_ANGLE) % 360
  return `oklch(${lightness} 0.16 ${hue.toFixed(1)})`
}

/** For CSS; its lightness follows the scheme. */
export function runColor(id: string): string {
  return paint(id, 'var(--hg-run-lightness)')
}

/** For a canvas, which knows no variables. */
export function runPaint(id: string): string {
  return paint(id, getComputedStyle(document.documentElement).getPropertyValue('--hg-run-lightness').trim())
}
