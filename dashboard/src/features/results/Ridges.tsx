import type { WeightHistograms } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Ridges.module.css'
import { BINS, reachOf, rebin } from './ridges.ts'

const [WIDTH, RIDGE, SPAN, LEFT, RIGHT, BOTTOM] = [520, 54, 240, 6, 80, 24]
const MOST_WORDS = 6

/** The oldest epoch stands at the back, the newest in front, each as high as its highest bin. */
export function Ridges({ weight: { name, histograms } }: { weight: WeightHistograms }) {
  if (histograms.length === 0) return null
  const reach = reachOf(histograms)
  const [low, high] = reach
  const x = (value: number) => LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const down = (nth: number) => RIDGE + (nth * SPAN) / Math.max(1, histograms.length - 1)
  const foot = down(histograms.length - 1)
  const every = Math.ceil(histograms.length / MOST_WORDS)
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${foot + BOTTOM}`}
      className={css.ridges}
      role="img"
      aria-label={tell(name, histograms)}
    >
      {low < 0 && high > 0 && <line x1={x(0)} x2={x(0)} y1={4} y2={foot} className={css.zero} />}
      {histograms.map((histogram, nth) => (
        <g key={histogram.epoch} transform={`translate(0,${down(nth)})`} className={css.ridge}>
          <title>{say('epoch {epoch}', { epoch: histogram.epoch })}</title>
          <path
            d={pathOf(rebin(histogram, reach))}
            style={{ fillOpacity: 0.25 + (0.6 * (nth + 1)) / histograms.length }}
          />
          {(nth === histograms.length - 1 || (nth % every === 0 && nth < histograms.length - every / 2)) && (
            <text x={WIDTH - RIGHT + 8} y={4}>
              {say('epoch {epoch}', { epoch: histogram.epoch })}
            </text>
          )}
        </g>
      ))}
      {[...new Set([low, low < 0 && high > 0 ? 0 : (low + high) / 2, high])].map((value, nth) => (
        <text key={value} x={x(value)} y={foot + 17} textAnchor={(['start', 'middle', 'end'] as const)[nth]}>
          {value === 0 ? '0' : formatMetric(value)}
        </text>
      ))}
    </svg>
  )
}

function pathOf(bins: number[]): string {
  const wide = (WIDTH - LEFT - RIGHT) / BINS
  const points = bins.map(
    (bin, nth) => `L${(LEFT + (nth + 0.5) * wide).toFixed(1)},${(-bin * RIDGE * 0.92).toFixed(1)}`,
  )
  return `M${LEFT},0 ${points.join(' ')} L${WIDTH - RIGHT},0 Z`
}

function tell(name: string, histograms: WeightHistograms['histograms']): string {
  return say('Histograms of {name}, epoch {first} to {last}', {
    name,
    first: histograms[0]?.epoch,
    last: histograms.at(-1)?.epoch,
  })
}
