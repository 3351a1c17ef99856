import { Chip, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import type { RunEvent } from '#shared/stream.ts'
import { formatInstant } from '#shared/time.ts'
import { say, sayWord } from '#shared/words.ts'
import { eventsQuery } from './queries.ts'
import { tellEvent } from './telling.ts'

const FREQUENT = new Set<RunEvent['kind']>(['metrics', 'checkpoint'])
const SHOWN = 500

/** The run's own record: attempts, phases, what was kept, how it ended. Newest first. */
export function History({ runId }: { runId: string }) {
  const [isFull, setFull] = useState(false)
  const query = useQuery(eventsQuery(runId))
  return (
    <Section
      title={say('Events')}
      flush
      aside={
        <Group gap={6}>
          <Chip size="xs" variant="light" checked={isFull} onChange={setFull}>
            {say('Epochs and checkpoints too')}
          </Chip>
        </Group>
      }
    >
      <Loaded query={query}>
        {(events) => <Events events={events.filter((event) => isFull || !FREQUENT.has(event.kind))} />}
      </Loaded>
    </Section>
  )
}

function Events({ events }: { events: RunEvent[] }) {
  const told = events.flatMap((event) => {
    const words = tellEvent(event)
    return words ? [{ event, words }] : []
  })
  return (
    <table className="list tight" aria-label={say('Events')}>
      <tbody>
        {told
          .slice(-SHOWN)
          .reverse()
          .map(({ event, words }) => (
            <tr key={event.seq}>
              <td className="dim" style={{ width: 60 }}>
                {event.seq}
              </td>
              <td className="dim" style={{ width: 190, whiteSpace: 'nowrap' }}>
                {formatInstant(event.at)}
              </td>
              <td style={{ width: 110, fontWeight: 500 }}>{sayWord(event.kind)}</td>
              <td>{words}</td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}
