import { IconCircleFilled, IconCircleOff, IconServer } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Worker } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Code } from '#shared/Code.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayMany, sayWord } from '#shared/words.ts'
import { describeDevice } from './devices.ts'
import { workersQuery } from './queries.ts'

/** Who trains, with what, and what is on the bench. */
export function Workers() {
  const query = useQuery(workersQuery)
  return (
    <Section title={say('Workers')} flush>
      <Loaded query={query}>{({ data }) => (data.length === 0 ? <Nobody /> : <WorkersTable workers={data} />)}</Loaded>
    </Section>
  )
}

function Nobody() {
  return (
    <Empty icon={IconServer} title={say('No worker is here')}>
      {say('Runs wait in the queue until one comes. Locally, this starts one with all the rest:')}
      <Code text="horngate up" prompt />
    </Empty>
  )
}

function WorkersTable({ workers }: { workers: Worker[] }) {
  return (
    <table className="list" aria-label={say('Workers')}>
      <thead>
        <tr>
          <th>{say('Worker')}</th>
          <th>{say('Queues')}</th>
          <th>{say('Devices')}</th>
          <th>{say('Bench')}</th>
          <th className="right">{say('Since')}</th>
          <th className="right">{say('Seen')}</th>
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
        <span className="dim">{say('{state}, process {pid}', { state: sayWord(worker.state), pid: worker.pid })}</span>
      </span>
    </span>
  )
}

function Bench({ worker }: { worker: Worker }) {
  const free = worker.slots - worker.running
  if (worker.running === 0) return <span className="dim">{sayMany(free, '{n} free place', '{n} free places')}</span>
  return (
    <>
      {sayMany(worker.running, '{n} run', '{n} runs')}
      <span className="dim">, {sayMany(free, '{n} free place', '{n} free places')}</span>
    </>
  )
}
