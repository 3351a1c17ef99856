import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Dataset } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Copy } from '#shared/Code.tsx'
import { Facts } from '#shared/Facts.tsx'
import { formatBytes, formatCount } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { datasetsQuery } from './queries.ts'

export function DatasetFacts({ dataset }: { dataset: Dataset }) {
  const reference = `${dataset.name}@${dataset.version}`
  return (
    <Section title={say('About')}>
      <Facts
        facts={[
          [
            say('In a spec'),
            <span key="reference" style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
              <span className="mono">{reference}</span>
              <Copy text={reference} />
            </span>,
          ],
          [say('Format'), dataset.format],
          [say('Rows'), formatCount(dataset.rows)],
          [say('Size'), formatBytes(dataset.bytes)],
          [
            'SHA-256',
            <span key="hash" className="mono" title={dataset.sha256}>
              {dataset.sha256.slice(0, 16)}…
            </span>,
          ],
          [say('Uploaded'), <Ago key="at" at={dataset.created_at} />],
          [say('Owner'), dataset.owner],
        ]}
      />
    </Section>
  )
}

/** All versions of one name; the one looked at stands out. */
export function Versions({ dataset }: { dataset: Dataset }) {
  const query = useInfiniteQuery(datasetsQuery({ name: dataset.name, project: dataset.project }))
  const versions = (query.data?.pages.flatMap((page) => page.data) ?? []).filter((one) => one.name === dataset.name)
  return (
    <Section title={say('Versions')} flush>
      <table className="list tight" aria-label={say('Versions')}>
        <tbody>
          {versions.map((one) => (
            <tr key={one.id}>
              <td style={{ fontWeight: one.id === dataset.id ? 600 : undefined }}>
                <Link
                  to="/datasets/$datasetId"
                  params={{ datasetId: one.id }}
                  aria-current={one.id === dataset.id ? 'page' : undefined}
                >
                  {say('Version {version}', { version: one.version })}
                </Link>
              </td>
              <td className="right dim">{say('{rows} rows', { rows: formatCount(one.rows) })}</td>
              <td className="right dim">
                <Ago at={one.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
