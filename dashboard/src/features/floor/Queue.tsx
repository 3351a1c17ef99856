import { IconListNumbers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { QueueEntry } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { formatSpan } from '#shared/time.ts'
import { say } from '#shared/words.ts'
import { queueQuery } from './queries.ts'

const heldBack = {
  user_limit: say('for another run of its owner to end'),
  project_limit: say('for another run of its project to end'),
  retry_pause: say('pausing before its next attempt'),
}

/** What waits, in the order in which it will be taken. */
export function Queue() {
  const query = useQuery(queueQuery)
  return (
    <Section title={say('Queue')} flush>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon={IconListNumbers} title={say('Nothing waits')}>
              {say('What is submitted starts at once.')}
            </Empty>
          ) : (
            <QueueTable entries={data} />
          )
        }
      </Loaded>
    </Section>
  )
}

function QueueTable({ entries }: { entries: QueueEntry[] }) {
  return (
    <table className="list tight" aria-label={say('Queue')}>
      <thead>
        <tr>
          <th>{say('Place')}</th>
          <th>{say('Run')}</th>
          <th>{say('Queue')}</th>
          <th className="right">{say('Priority')}</th>
          <th className="right">{say('Waits for')}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.run_id}>
            <td className="dim">{entry.position}</td>
            <td>
              <Link
                to="/runs/$runId"
                params={{ runId: entry.run_id }}
                style={{ fontWeight: 500, textDecoration: 'none' }}
              >
                {entry.name}
              </Link>
            </td>
            <td className="dim">{entry.queue}</td>
            <td className="right dim">{entry.priority}</td>
            <td className="right dim">
              {formatSpan(entry.waiting_seconds)}
              {entry.held_back && `, ${heldBack[entry.held_back]}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
