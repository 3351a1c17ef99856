import type { AlignedData } from 'uplot'
import type { Line } from './groups.ts'

/** What the curves run over: epochs as they were counted, batches, seconds since the first of them was told, or the clock. */
export type Axis = 'epoch' | 'step' | 'time' | 'clock'

export function needsTimes(axis: Axis): boolean {
  return axis === 'time' || axis === 'clock'
}

/** A line over another axis; where that is not known it stays over its epochs. */
export function onAxis(line: Line, axis: Axis, steps: number | null): Line {
  const { points, times = [] } = line
  if (axis === 'step' && steps) return { ...line, points: points.map(([epoch, value]) => [epoch * steps, value]) }
  const first = times[0]
  if (!needsTimes(axis) || !first || times.length !== points.length) return line
  const start = axis === 'clock' ? 0 : Date.parse(first)
  const seconds = (nth: number) => (Date.parse(times[nth] ?? first) - start) / 1000
  return { ...line, points: points.map(([, value], nth) => [seconds(nth), value]) }
}

/** An exponential moving average without the bias of its start; gaps stay gaps. */
export function smooth(values: (number | null)[], weight: number): (number | null)[] {
  let sum = 0
  let norm = 0
  return values.map((value) => {
    if (value === null) return null
    sum = sum * weight + value * (1 - weight)
    norm = norm * weight + (1 - weight)
    return sum / norm
  })
}

/** A logarithm has no place for what is not above zero. */
function onLog(value: number | null): number | null {
  return value !== null && value > 0 ? value : null
}

export type Columns = { data: AlignedData; raw: (number | null)[][]; smoothed: (number | null)[][] }

/** Lines over one common axis, as uPlot wants them: x, then each line raw, then each line smoothed. */
export function alignLines(lines: Line[], smoothing: number, isLog: boolean): Columns {
  const xs = [...new Set(lines.flatMap((line) => line.points.map(([x]) => x)))].sort((a, b) => a - b)
  const raw = lines.map((line) => {
    const at = new Map(line.points)
    return xs.map((x) => at.get(x) ?? null)
  })
  const smoothed = smoothing > 0 ? raw.map((values) => smooth(values, smoothing)) : []
  const drawn = [...raw, ...smoothed].map((values) => (isLog ? values.map(onLog) : values))
  return { data: [xs, ...drawn], raw, smoothed }
}
