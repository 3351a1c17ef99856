import { useQuery } from '@tanstack/react-query'
import type { Column } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { formatCount, formatShare } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { Distribution } from './Distribution.tsx'
import { profileQuery } from './queries.ts'
import { formatValue } from './values.ts'

/** Every column: its type, its gaps, how its values lie. */
export function Profile({ datasetId, rows }: { datasetId: string; rows: number }) {
  const query = useQuery(profileQuery(datasetId))
  return (
    <Section title={say('Columns')} flush>
      <Loaded query={query}>{({ columns }) => <Columns columns={columns} rows={rows} />}</Loaded>
    </Section>
  )
}

function Columns({ columns, rows }: { columns: Column[]; rows: number }) {
  return (
    <table className="list" aria-label={say('Columns')}>
      <thead>
        <tr>
          <th>{say('Name')}</th>
          <th>{say('Type')}</th>
          <th>{say('Distribution')}</th>
          <th className="right">{say('Missing')}</th>
          <th className="right">{say('Different')}</th>
          <th className="right">{say('Least')}</th>
          <th className="right">{say('Mean')}</th>
          <th className="right">{say('Greatest')}</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column.name}>
            <td style={{ fontWeight: 500 }}>{column.name}</td>
            <td className="mono dim">
              {column.dtype}
              {column.shape && column.shape.length > 0 && ` (${column.shape.join(', ')})`}
            </td>
            <td style={{ width: 260 }}>
              <Distribution column={column} rows={rows} />
            </td>
            <td className="right">
              {column.missing ? (
                <Missing count={column.missing} rows={rows} />
              ) : (
                <span className="dim">{say('none')}</span>
              )}
            </td>
            <td className="right">
              {column.unique === null || column.unique === undefined ? '' : formatCount(column.unique)}
            </td>
            <td className="right">{formatBound(column, column.min)}</td>
            <td className="right">{formatValue(column.mean)}</td>
            <td className="right">{formatBound(column, column.max)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The least and the greatest word of a column say nothing; numbers' and times' do. */
function formatBound(column: Column, value: unknown): string {
  return column.dtype === 'string' || column.dtype === 'bool' ? '' : formatValue(value)
}

function Missing({ count, rows }: { count: number; rows: number }) {
  return (
    <span style={{ color: 'var(--hg-warn)' }} title={formatShare(count / Math.max(1, rows))}>
      {formatCount(count)}
    </span>
  )
}
