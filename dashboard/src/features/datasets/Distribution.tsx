import { Tooltip } from '@mantine/core'
import type { Column } from '#client'
import { formatCount, formatShare } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Distribution.module.css'
import { barsOf, formatValue } from './values.ts'

/** Numbers as a histogram, words as their most frequent values. */
export function Distribution({ column, rows }: { column: Column; rows: number }) {
  const bars = barsOf(column.histogram)
  if (bars) return <Histogram name={column.name} edges={bars.edges} counts={bars.counts} />
  if (column.top && column.top.length > 0) return <TopValues top={column.top} rows={rows - (column.missing ?? 0)} />
  return <span className="dim ellipsis">{(column.examples ?? []).slice(0, 3).map(formatValue).join(', ')}</span>
}

function Histogram({ name, edges, counts }: { name: string; edges: number[]; counts: number[] }) {
  const highest = Math.max(...counts, 1)
  return (
    <div className={css.histogram} role="img" aria-label={say('Histogram of {name}', { name })}>
      {counts.map((count, nth) => (
        <Tooltip
          key={edges[nth] ?? nth}
          label={say('{from} to {to}: {count}', {
            from: formatValue(edges[nth]),
            to: formatValue(edges[nth + 1]),
            count: formatCount(count),
          })}
          openDelay={0}
        >
          <div className={css.slot}>
            <div className={css.bar} style={{ height: count > 0 ? `max(2px, ${(count / highest) * 100}%)` : 0 }} />
          </div>
        </Tooltip>
      ))}
    </div>
  )
}

const SHOWN = 3

function TopValues({ top, rows }: { top: unknown[][]; rows: number }) {
  const shown = top.slice(0, SHOWN)
  const more = top.length - shown.length
  return (
    <div className={css.top}>
      {shown.map(([value, count]) => (
        <div key={String(value)} className={css.value}>
          <span className={css.fill} style={{ width: `${(Number(count) / Math.max(1, rows)) * 100}%` }} />
          <span className="ellipsis">{value === '' ? say('(empty)') : formatValue(value)}</span>
          <span className="dim">{formatShare(Number(count) / Math.max(1, rows))}</span>
        </div>
      ))}
      {more > 0 && <span className={css.more}>{say('and {more} more', { more })}</span>}
    </div>
  )
}
