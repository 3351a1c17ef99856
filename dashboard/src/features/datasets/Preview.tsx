import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { formatCount } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { previewQuery } from './queries.ts'

/** The first rows as they stand in the file. */
export function Preview({ datasetId }: { datasetId: string }) {
  const query = useQuery(previewQuery(datasetId))
  const count =
    query.data &&
    say('first {shown} of {total} rows', { shown: formatCount(query.data.shown), total: formatCount(query.data.total) })
  return (
    <Section
      title={say('Rows')}
      flush
      aside={
        <span className="dim" style={{ fontSize: 12 }}>
          {count}
        </span>
      }
    >
      <Loaded query={query}>{({ columns, rows }) => <Rows columns={columns} rows={rows} />}</Loaded>
    </Section>
  )
}

function Rows({ columns, rows }: { columns: string[]; rows: unknown[][] }) {
  return (
    <table className="list tight" aria-label={say('Rows')}>
      <thead>
        <tr>
          {columns.map((column, at) => (
            <th key={column} className={rows.some((row) => isNumber(row[at])) ? 'right' : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, nth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a file have no other name
          <tr key={nth}>
            {columns.map((column, at) => (
              <td key={column} style={{ maxWidth: 260 }} className={isNumber(row[at]) ? 'right' : 'ellipsis'}>
                <Cell value={row[at]} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="dim">{say('missing')}</span>
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
