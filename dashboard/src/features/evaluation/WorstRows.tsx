import { formatMetric, formatShare } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { Wide } from '#shared/Wide.tsx'
import { say } from '#shared/words.ts'
import type { Worst } from './queries.ts'

/** The rows that were answered worst, with what stands in them. */
export function WorstRows({ name, rows, isNumber }: { name: string; rows: Worst[]; isNumber: boolean }) {
  const columns = Object.keys(rows[0]?.values ?? {})
  return (
    <Section title={say('Answered worst: {name}', { name })} flush>
      <Wide>
        <table className="list tight" aria-label={say('Answered worst: {name}', { name })}>
          <thead>
            <tr>
              <th className="right">{isNumber ? say('Off by') : say('Share of the truth')}</th>
              <th className={isNumber ? 'right' : undefined}>{say('Truth')}</th>
              <th className={isNumber ? 'right' : undefined}>{say('Answer')}</th>
              {columns.map((column) => (
                <th key={column}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, nth) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
              <tr key={nth}>
                <td className="right">{isNumber ? formatMetric(row.off) : formatShare(1 - row.off)}</td>
                <td className={isNumber ? 'right' : undefined}>{shown(row.truth)}</td>
                <td className={isNumber ? 'right' : undefined}>{shown(row.answer)}</td>
                {columns.map((column) => (
                  <td key={column} className="dim ellipsis" style={{ maxWidth: 220 }}>
                    {shown(row.values[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '—'
  return typeof value === 'number' && !Number.isInteger(value) ? formatMetric(value) : String(value)
}
