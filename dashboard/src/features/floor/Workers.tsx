import { IconCircleFilled, IconCircleOff, IconServer } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Worker } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Code } from '#shared/Code.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { plural } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { describeDevice } from './devices.ts'
import { workersQuery } from './queries.ts'

/** Who trains, with what, and what is on the bench. */
export function Workers() {
  const query = useQuery(workersQuery)
  return (
    <Section title="Workers" flush>
      <Loaded query={query}>{({ data }) => (data.length === 0 ? <Nobody /> : <WorkersTable workers={data} />)}</Loaded>
    </Section>
  )
}

function Nobody() {
  return (
    <Empty icon={IconServer} title="No worker is here">
      Runs wait in the queue until one comes. Locally, this starts one with all the rest:
      <Code text="horngate up" prompt />
    </Empty>
  )
}

function WorkersTable({ workers }: { workers: Worker[] }) {
  return (
    <table className="list" aria-label="Workers">
      <thead>
        <tr>
          <th>Worker</th>
          <th>Queues</th>
          <th>Devices</th>
          <th>Bench</th>
          <th className="right">Since</th>
          <th className="right">Seen</th>
        </tr>
      </thead>
      <tbody>
        {workers.map((worker) => (
          <tr key={worker.id}>
            <td>
              <State worker={worker} />
            </td>
            <td className="dim">{worker.queues.join(', ')}</td>
            <td className="dim">{worker.devices.map(describeDevice).join(' · ')}</td>
            <td>
              <Bench worker={worker} />
            </td>
            <td className="right dim">
              <Ago at={worker.started_at} />
            </td>
            <td className="right dim">
              <Ago at={worker.seen_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function State({ worker }: { worker: Worker }) {
  const isHere = worker.ended_at === null
  const Icon = isHere ? IconCircleFilled : IconCircleOff
  return (
    <span style={{ display: 'inline-flex', gap: 9, alignItems: 'center' }}>
      <Icon size={isHere ? 9 : 12} color={isHere ? 'var(--hg-good)' : 'var(--hg-idle)'} aria-hidden />
      <span>
        <b style={{ fontWeight: 500 }}>{worker.name}</b>{' '}
        <span className="dim">
          {worker.state}, process {worker.pid}
        </span>
      </span>
    </span>
  )
}

function Bench({ worker }: { worker: Worker }) {
  const free = worker.slots - worker.running
  if (worker.running === 0) return <span className="dim">{plural(free, 'free place')}</span>
  return (
    <>
      {plural(worker.running, 'run')}
      <span className="dim">, {plural(free, 'free place')}</span>
    </>
  )
}
