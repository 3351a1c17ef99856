import type uPlot from 'uplot'
import { runPaint } from '#shared/colors.ts'
import { formatCount, formatMetric } from '#shared/numbers.ts'
import { formatClock, formatSpan } from '#shared/time.ts'
import type { Line } from './groups.ts'

export type Look = {
  lines: Line[]
  isSmoothed: boolean
  isLog: boolean
  isSystem: boolean
  marks: Mark[]
  isTimed: boolean
  isClock: boolean
  syncKey: string
  onHover: (index: number | null) => void
  onMark?: (key: string) => void
  onZoom: (from: number, to: number) => void
}

/** Something that happened at a place of the x axis; a `key` of what can be gone to is a pointer at its foot. */
export type Mark = { at: number; word: string; color: string; key?: string }

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

const FONT = "11px 'Inter Variable', system-ui"

const FOOT = 6

/** A small triangle that stands on the axis. */
function drawFoot(plot: uPlot, mark: Mark): void {
  const x = plot.valToPos(mark.at, 'x', true)
  const { top, height, left, width } = plot.bbox
  if (x < left || x > left + width) return
  const [half, foot] = [FOOT * devicePixelRatio * 0.75, top + height]
  plot.ctx.fillStyle = color(mark.color)
  plot.ctx.beginPath()
  plot.ctx.moveTo(x, foot - FOOT * devicePixelRatio * 1.5)
  plot.ctx.lineTo(x + half, foot)
  plot.ctx.lineTo(x - half, foot)
  plot.ctx.fill()
}

/** Which foot is under the pointer. */
export function footAt(plot: uPlot, marks: Mark[], x: number, y: number): Mark | undefined {
  if (y < plot.over.clientHeight - 4 * FOOT) return undefined
  return marks.find((mark) => mark.key && Math.abs(plot.valToPos(mark.at, 'x') - x) <= FOOT + 2)
}

function drawMark(plot: uPlot, mark: Mark, nth: number): void {
  const x = Math.round(plot.valToPos(mark.at, 'x', true))
  const { top, height, left, width } = plot.bbox
  if (x < left || x > left + width) return
  const { ctx } = plot
  ctx.save()
  ctx.strokeStyle = color(mark.color)
  ctx.fillStyle = color(mark.color)
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, top + height)
  ctx.stroke()
  ctx.font = `500 ${11 * devicePixelRatio}px 'Inter Variable', system-ui`
  const isNearEnd = x > left + width - (12 + 7 * mark.word.length) * devicePixelRatio
  ctx.textAlign = isNearEnd ? 'right' : 'left'
  ctx.fillText(mark.word, x + (isNearEnd ? -5 : 5) * devicePixelRatio, top + (11 + 13 * nth) * devicePixelRatio)
  ctx.restore()
}

function seriesOf(look: Look, count: number): uPlot.Series[] {
  const pairs = look.isSmoothed ? [...look.lines, ...look.lines] : look.lines
  return pairs.map((line, index) => {
    const isFaint = look.isSmoothed && index < look.lines.length
    const stroke = line.run ? runPaint(line.run) : color(look.isSystem ? '--hg-idle' : `--hg-${line.role}`)
    return {
      stroke: isFaint ? `color-mix(in srgb, ${stroke} 30%, transparent)` : stroke,
      width: isFaint ? 1 : 1.75,
      dash: line.run && line.role === 'train' ? [4, 4] : [],
      points: { show: count < 2 && !isFaint, size: 6, fill: stroke },
      spanGaps: true,
    }
  })
}

function axesOf(look: Look): uPlot.Axis[] {
  const quiet = { stroke: color('--mantine-color-dimmed'), font: FONT, ticks: { show: false } }
  const hair = { stroke: color('--hg-line'), width: 1 }
  return [
    {
      ...quiet,
      grid: { show: false },
      space: 60,
      size: 28,
      incrs:
        look.isTimed || look.isClock
          ? [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400]
          : [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6],
      values: (_, splits) => splits.map((x) => placeWord(look, x, splits)),
    },
    {
      ...quiet,
      grid: hair,
      size: 58,
      space: 34,
      values: (_, splits) => splits.map((value) => (value === null ? '' : axisNumber(value))),
    },
  ]
}

/** A place of the x axis in words; of the clock the date too, where a day is not enough. */
function placeWord(look: Look, x: number, splits: number[]): string {
  if (look.isClock) return formatClock(x, (splits.at(-1) ?? x) - (splits[0] ?? x))
  return look.isTimed ? formatSpan(x) : formatCount(x)
}

/** A number of an axis: short, for its neighbours say the rest. */
function axisNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4)))
  return formatMetric(value)
}

export function plotOptions(look: Look, width: number, height: number, count: number): uPlot.Options {
  return {
    width,
    height,
    padding: [10, 14, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false },
      points: { size: 7, width: 2 },
      sync: { key: look.syncKey },
    },
    scales: {
      x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) },
      y: look.isLog ? { distr: 3 } : { range: (_, min, max) => spread(min, max, look.isSystem) },
    },
    axes: axesOf(look),
    series: [{}, ...seriesOf(look, count)],
    hooks: {
      setCursor: [
        (plot) => {
          look.onHover(plot.cursor.idx ?? null)
          const { left = -1, top = -1 } = plot.cursor
          const foot = footAt(plot, look.marks, left, top)
          plot.over.style.cursor = foot ? 'pointer' : ''
          plot.over.title = foot?.word ?? ''
        },
      ],
      draw: [
        (plot) => {
          for (const mark of look.marks) if (mark.key) drawFoot(plot, mark)
          for (const [nth, mark] of look.marks.filter((one) => !one.key).entries()) drawMark(plot, mark, nth)
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: chosen } = plot.select
          if (chosen > 0) look.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + chosen, 'x'))
        },
      ],
    },
  }
}

/** Some air above and below; what a machine does is seen against zero. */
function spread(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null || !Number.isFinite(min)) return [0, 1]
  const low = fromZero ? Math.min(0, min) : min
  const air = (max - low) * 0.08 || Math.abs(max) * 0.1 || 1
  return [fromZero ? low : low - air, max + air]
}
