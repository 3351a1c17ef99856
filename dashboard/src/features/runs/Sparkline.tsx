import type { Series } from '#client'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'

const WIDTH = 108
const HEIGHT = 26

/** A curve as small as a word. It goes by the epochs that are there, the lowest value at the bottom. */
export function Sparkline({ series, runId }: { series: Series | undefined; runId: string }) {
  const points = (series?.points ?? []).filter((point): point is [number, number] => point[1] !== null)
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return <svg width={WIDTH} height={HEIGHT} aria-hidden />
  const values = points.map(([, value]) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const x = (step: number) => 2 + ((step - first[0]) / (last[0] - first[0] || 1)) * (WIDTH - 6)
  const y = (value: number) => HEIGHT - 3 - ((value - low) / (high - low || 1)) * (HEIGHT - 6)
  const path = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={say('{name} over {total} epochs', { name: series?.name, total: series?.total })}
    >
      <polyline points={path} fill="none" stroke={runColor(runId)} strokeWidth={1.5} strokeLinejoin="round" />
      <circle cx={x(last[0])} cy={y(last[1])} r={2} fill={runColor(runId)} />
    </svg>
  )
}
