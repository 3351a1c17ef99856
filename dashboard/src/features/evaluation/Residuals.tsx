import { formatCount, formatMetric } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Evaluation.module.css'
import type { JudgedNumbers } from './queries.ts'

const [WIDTH, HEIGHT, BOTTOM] = [300, 240, 34]

/** How far answers lie from the truth: too little at the left, too much at the right. */
export function Residuals({ judged, color, name }: { judged: JudgedNumbers; color: string; name: string }) {
  const { edges, counts } = judged.residuals
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1]
  const x = (value: number) => 8 + ((value - low) / (high - low || 1)) * (WIDTH - 16)
  const most = Math.max(1, ...counts)
  return (
    <svg
      className={css.plot}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={say('Residuals of {name}', { name })}
    >
      {counts.map((count, nth) => {
        const [from, to] = [edges[nth] ?? 0, edges[nth + 1] ?? 0]
        const height = (count / most) * (HEIGHT - BOTTOM - 8)
        return (
          <rect
            key={from}
            x={x(from) + 0.5}
            y={HEIGHT - BOTTOM - height}
            width={Math.max(1, x(to) - x(from) - 1)}
            height={height}
            fill={color}
            fillOpacity={0.75}
          >
            <title>
              {say('{from} to {to}: {count}', {
                from: formatMetric(from),
                to: formatMetric(to),
                count: formatCount(count),
              })}
            </title>
          </rect>
        )
      })}
      {low < 0 && high > 0 && (
        <line
          x1={x(0)}
          x2={x(0)}
          y1={8}
          y2={HEIGHT - BOTTOM}
          stroke="var(--mantine-color-text)"
          strokeDasharray="3 3"
        />
      )}
      <line x1={8} x2={WIDTH - 8} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} stroke="var(--hg-line)" />
      <text x={8} y={HEIGHT - BOTTOM + 15}>
        {formatMetric(low)}
      </text>
      <text x={WIDTH - 8} y={HEIGHT - BOTTOM + 15} textAnchor="end">
        {formatMetric(high)}
      </text>
      <text x={WIDTH / 2} y={HEIGHT - 4} textAnchor="middle">
        {say('answer less truth')}
      </text>
    </svg>
  )
}
