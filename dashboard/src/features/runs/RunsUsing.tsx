import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Ago } from '#shared/Ago.tsx'
import { Section } from '#shared/Section.tsx'
import { Status } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { runsQuery } from './queries.ts'

const SHOWN = 8

/** The newest runs that pin a data set, or a version of a component. */
export function RunsUsing({ pinned }: { pinned: { dataset: string } | { component: string } }) {
  const query = useInfiniteQuery(runsQuery(pinned))
  const runs = query.data?.pages.flatMap((page) => page.data) ?? []
  return (
    <Section title={say('Used by')} flush>
      {query.data && runs.length === 0 && (
        <p style={{ margin: 0, padding: 16, fontSize: 13 }} className="dim">
          {say('No run yet.')}
        </p>
      )}
      <table className="list tight" aria-label={say('Runs that use it')}>
        <tbody>
          {runs.slice(0, SHOWN).map((run) => (
            <tr key={run.id}>
              <td>
                <Status status={run.status} />
              </td>
              <td>
                <Link to="/runs/$runId" params={{ runId: run.id }}>
                  {run.name}
                </Link>
              </td>
              <td className="right dim">
                <Ago at={run.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
