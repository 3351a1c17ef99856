import type { Run } from '#client'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'
import { axisOf } from './axes.ts'
import css from './Compare.module.css'
import { type Row, valueWords } from './differences.ts'
import { shortName } from './Parallel.tsx'

const [WIDTH, HEIGHT] = [360, 220]
const [LEFT, RIGHT, TOP, BOTTOM] = [66, 20, 12, 40]

/** A parameter against a score, a point for each run. */
export function Scatter({ runs, by, score }: { runs: Run[]; by: Row; score: Row }) {
  const [across, up] = [axisOf(by, valueWords), axisOf(score, valueWords)]
  const x = (place: number) => LEFT + 12 + place * (WIDTH - LEFT - RIGHT - 24)
  const y = (place: number) => HEIGHT - BOTTOM - 10 - place * (HEIGHT - TOP - BOTTOM - 20)
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={css.drawing}
      role="img"
      aria-label={say('{metric} against {parameter}', { metric: score.name, parameter: by.name })}
    >
      <line x1={LEFT} x2={WIDTH - RIGHT} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
      <line x1={LEFT} x2={LEFT} y1={TOP} y2={HEIGHT - BOTTOM} />
      {across.ticks.map((tick) => (
        <text key={tick.word} x={x(tick.at)} y={HEIGHT - BOTTOM + 15} textAnchor="middle">
          {tick.word}
        </text>
      ))}
      {up.ticks.map((tick) => (
        <text key={tick.word} x={LEFT - 6} y={y(tick.at) + 4} textAnchor="end">
          {tick.word}
        </text>
      ))}
      <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle" className={css.axisName}>
        {shortName(by.name)}
      </text>
      {runs.map((run, nth) => {
        const [at, of] = [across.places[nth], up.places[nth]]
        if (typeof at !== 'number' || typeof of !== 'number') return null
        return (
          <circle key={run.id} cx={x(at)} cy={y(of)} r={5} fill={runColor(run.id)} fillOpacity={0.85}>
            <title>{`${run.name}: ${valueWords(by.values[nth] ?? null)}, ${valueWords(score.values[nth] ?? null)}`}</title>
          </circle>
        )
      })}
    </svg>
  )
}
