import type { Metrics, Series } from '#client'
import { say } from '#shared/words.ts'

/** A curve; with a `run` it has that run's colour, and validation is told from training by its stroke. */
export type Line = {
  label: string
  role: 'train' | 'validation'
  points: Series['points']
  times?: Series['times']
  run?: string
}

/** One chart: a metric's curve in training, and beside it the one in validation. */
export type Chart = { name: string; lines: Line[]; shown: number; total: number }

const SYSTEM = 'system/'
const RATE = 'learning_rate'

const SYSTEM_TITLES: Record<string, string> = {
  'system/cpu_percent': say('CPU, %'),
  'system/memory_mb': say('Memory, MB'),
  'system/gpu_percent': say('GPU, %'),
  'system/gpu_memory_mb': say('GPU memory, MB'),
}

export function chartTitle(name: string): string {
  return SYSTEM_TITLES[name] ?? name
}

function rank(name: string, monitored: string): number {
  if (name === monitored) return 0
  if (name === 'loss') return 1
  if (name.startsWith(RATE)) return 3
  return 2
}

/** Every metric once, the monitored one first, then the loss, the learning rate last. */
export function epochCharts(series: Series[], monitor: string): Chart[] {
  const epochs = series.filter((one) => !one.name.startsWith(SYSTEM))
  const byName = new Map(epochs.map((one) => [one.name, one]))
  const names = [...new Set(epochs.map((one) => one.name.replace(/^val_/, '')))]
  const monitored = monitor.replace(/^val_/, '')
  return names
    .map((name) => chartOf(name, byName.get(name), byName.get(`val_${name}`)))
    .sort((one, other) => rank(one.name, monitored) - rank(other.name, monitored))
}

function chartOf(name: string, train: Series | undefined, validation: Series | undefined): Chart {
  const lines: Line[] = []
  if (train)
    lines.push({ label: validation ? say('train') : name, role: 'train', points: train.points, times: train.times })
  if (validation)
    lines.push({ label: say('validation'), role: 'validation', points: validation.points, times: validation.times })
  const longest = [train, validation].reduce((a, b) => ((b?.total ?? 0) > (a?.total ?? 0) ? b : a))
  return { name, lines, shown: longest?.shown ?? 0, total: longest?.total ?? 0 }
}

export function systemCharts(series: Series[]): Chart[] {
  return series.filter((one) => one.name.startsWith(SYSTEM)).map((one) => chartOf(one.name, one, undefined))
}

function addPoint(series: Series, step: number, value: number | null, at: string): Series {
  const last = series.points.at(-1)
  if (last && last[0] >= step) return series
  return {
    ...series,
    points: [...series.points, [step, value]],
    times: [...(series.times ?? []), at],
    shown: series.shown + 1,
    total: series.total + 1,
  }
}

/** The curves with one more epoch; an epoch that is there already changes nothing. */
export function addEpoch(known: Metrics, epoch: number, metrics: Record<string, number | null>, at: string): Metrics {
  const names = new Set(known.series.map((one) => one.name))
  const grown = known.series.map((one) =>
    one.name in metrics ? addPoint(one, epoch, metrics[one.name] ?? null, at) : one,
  )
  const begun = Object.entries(metrics)
    .filter(([name]) => !names.has(name))
    .map(([name, value]): Series => ({ name, points: [[epoch, value]], times: [at], shown: 1, total: 1 }))
  return { series: [...grown, ...begun] }
}

/** One metric of many runs, over one another; training is left out where there is validation, unless it is asked for. */
export function overlayCharts(runs: { id: string; name: string; series: Series[] }[], withTraining: boolean): Chart[] {
  const names = new Set(runs.flatMap((run) => epochCharts(run.series, 'val_loss').map((chart) => chart.name)))
  return [...names].map((name) => {
    const charts = runs.map((run) => ({ run, chart: epochCharts(run.series, name).find((one) => one.name === name) }))
    const lines = charts.flatMap(({ run, chart }) => {
      const all = chart?.lines ?? []
      const validation = all.filter((line) => line.role === 'validation')
      const kept = withTraining || validation.length === 0 ? all : validation
      return kept.map((line) => ({
        ...line,
        run: run.id,
        label: withTraining ? `${run.name}, ${line.label === name ? say('train') : line.label}` : run.name,
      }))
    })
    const most = (of: 'shown' | 'total') => Math.max(0, ...charts.map(({ chart }) => chart?.[of] ?? 0))
    return { name, lines, shown: most('shown'), total: most('total') }
  })
}
