import { Text } from '@mantine/core'
import { IconTable } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Dataset } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Code } from '#shared/Code.tsx'
import { formatBytes, formatCount } from '#shared/numbers.ts'
import { Pages } from '#shared/Pages.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { datasetsQuery } from './queries.ts'

export function DatasetsList({ project }: { project?: string }) {
  const query = useInfiniteQuery(datasetsQuery({ project }))
  return (
    <Pages query={query} nothing={<NoData />}>
      {(datasets) => <DatasetsTable datasets={datasets} />}
    </Pages>
  )
}

function NoData() {
  return (
    <Empty icon={IconTable} title={say('No data yet')}>
      <Text fz="sm">
        {say('Drop a table above, or send one from a shell. It is profiled at once: types, gaps, distributions.')}
      </Text>
      <Code text="horngate datasets add my.csv" prompt />
    </Empty>
  )
}

export function DatasetsTable({ datasets }: { datasets: Dataset[] }) {
  return (
    <table className="list" aria-label={say('Data sets')}>
      <thead>
        <tr>
          <th>{say('Name')}</th>
          <th>{say('Version')}</th>
          <th>{say('Format')}</th>
          <th className="right">{say('Rows')}</th>
          <th className="right">{say('Columns')}</th>
          <th className="right">{say('Size')}</th>
          <th className="right">{say('Uploaded')}</th>
        </tr>
      </thead>
      <tbody>
        {datasets.map((one) => (
          <tr key={one.id} className="aim">
            <td>
              <Link
                to="/datasets/$datasetId"
                params={{ datasetId: one.id }}
                style={{ fontWeight: 500, textDecoration: 'none' }}
              >
                {one.name}
              </Link>
            </td>
            <td className="dim">{one.version}</td>
            <td className="dim">{one.format}</td>
            <td className="right">{formatCount(one.rows)}</td>
            <td className="right">{formatCount(one.columns.length)}</td>
            <td className="right dim">{formatBytes(one.bytes)}</td>
            <td className="right dim">
              <Ago at={one.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
