import css from './Evaluation.module.css'
import type { Point } from './queries.ts'

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [300, 240, 40, 34]

export type Path = { name: string; color: string; points: Point[] }

type Props = {
  label: string
  across: string
  up: string
  paths?: Path[]
  dots?: { color: string; points: Point[] }[]
  /** Both axes from the first to the last of it; else as wide as the points lie. */
  span?: Point
  ends?: (value: number) => string
}

/** A square drawing with the diagonal in it: ROC, precision over recall, answers over truths. */
export function Square({ label, across, up, paths = [], dots = [], span, ends = String }: Props) {
  const all = [...paths, ...dots].flatMap(({ points }) => points)
  const [low, high] = span ?? [Math.min(...all.flat()), Math.max(...all.flat())]
  const x = (value: number) => LEFT + ((value - low) / (high - low || 1)) * (WIDTH - LEFT - 8)
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low || 1)) * (HEIGHT - BOTTOM - 8)
  return (
    <svg className={css.plot} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <rect
        x={x(low)}
        y={y(high)}
        width={x(high) - x(low)}
        height={y(low) - y(high)}
        fill="none"
        stroke="var(--hg-line)"
      />
      <line x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} stroke="var(--hg-line)" strokeDasharray="4 4" />
      {dots.map(({ color, points }) =>
        points.map(([at, value], nth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: points have no other name
          <circle key={nth} cx={x(at)} cy={y(value)} r={2.2} fill={color} fillOpacity={0.55} />
        )),
      )}
      {paths.map(({ name, color, points }) => (
        <polyline
          key={name}
          points={points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}
          fill="none"
          stroke={color}
          strokeWidth={1.8}
        >
          <title>{name}</title>
        </polyline>
      ))}
      <text x={x(low)} y={HEIGHT - BOTTOM + 15}>
        {ends(low)}
      </text>
      <text x={x(high)} y={HEIGHT - BOTTOM + 15} textAnchor="end">
        {ends(high)}
      </text>
      <text x={(x(low) + x(high)) / 2} y={HEIGHT - 4} textAnchor="middle">
        {across}
      </text>
      <text transform={`translate(12 ${(y(low) + y(high)) / 2}) rotate(-90)`} textAnchor="middle">
        {up}
      </text>
    </svg>
  )
}
