import type { Run } from '#client'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'
import { type Axis, axisOf } from './axes.ts'
import css from './Compare.module.css'
import { type Row, valueWords } from './differences.ts'

const WIDTH = 920
const HEIGHT = 270
const [TOP, BOTTOM, SIDE] = [34, 14, 60]

/** One upright axis for each parameter that differs, the score at the right, and one line for each run. */
export function Parallel({ runs, rows }: { runs: Run[]; rows: Row[] }) {
  const axes = rows.map((row) => axisOf(row, valueWords))
  const x = (nth: number) => SIDE + (nth * (WIDTH - 2 * SIDE)) / Math.max(1, axes.length - 1)
  const y = (place: number) => HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={css.drawing} role="img" aria-label={tellAxes(axes)}>
      {axes.map((axis, nth) => (
        <g key={axis.name}>
          <line x1={x(nth)} x2={x(nth)} y1={y(0)} y2={y(1)} />
          <text x={x(nth)} y={14} textAnchor="middle" className={css.axisName}>
            {shortName(axis.name)}
          </text>
        </g>
      ))}
      {runs.map((run, of) => (
        <polyline
          key={run.id}
          className={css.line}
          stroke={runColor(run.id)}
          points={axes
            .map((axis, nth) => ({ place: axis.places[of], nth }))
            .filter(({ place }) => typeof place === 'number')
            .map(({ place, nth }) => `${x(nth)},${y(place ?? 0)}`)
            .join(' ')}
        >
          <title>{run.name}</title>
        </polyline>
      ))}
      {axes.map((axis, nth) =>
        axis.ticks.map((tick) => (
          <text key={`${axis.name} ${tick.word}`} x={x(nth) - 6} y={y(tick.at) + 4} textAnchor="end">
            {tick.word}
          </text>
        )),
      )}
    </svg>
  )
}

function tellAxes(axes: Axis[]): string {
  return say('One line for each run over {axes}', { axes: axes.map((axis) => axis.name).join(', ') })
}

/** The last steps of a path: its beginning says the same for all. */
export function shortName(path: string): string {
  return path.split('.').slice(-2).join('.')
}
