import { Link } from '@tanstack/react-router'
import type { Run } from '#client'
import { Copy } from '#shared/Code.tsx'
import { Facts } from '#shared/Facts.tsx'
import { Section } from '#shared/Section.tsx'
import { isScript } from '#shared/script.ts'
import { formatInstant, formatSpan, secondsBetween } from '#shared/time.ts'
import { say, sayWord } from '#shared/words.ts'

export function RunFacts({ run }: { run: Run }) {
  return (
    <Section title={say('About')}>
      <Facts
        facts={[
          [say('Run'), <Id key="id" id={run.id} />],
          [say('Data set'), run.datasets.length > 0 && <Datasets run={run} />],
          [say('Engine'), run.engine && <span title={run.engine.why ?? undefined}>{run.engine.name}</span>],
          [
            say('Attempt'),
            run.attempt > 1
              ? `${run.attempt} (${isScript(run.spec) ? say('began again') : say('went on from its checkpoint')})`
              : null,
          ],
          [say('Queue'), run.queue],
          [say('Owner'), run.owner],
          [say('Created'), formatInstant(run.created_at)],
          [say('Ended'), run.ended_at && formatInstant(run.ended_at)],
          [
            say('Tags'),
            Object.entries(run.tags)
              .map(([key, value]) => `${key}: ${value}`)
              .join(', '),
          ],
        ]}
      />
    </Section>
  )
}

function Id({ id }: { id: string }) {
  return (
    <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
      <span className="mono">{id}</span>
      <Copy text={id} label={say('Copy the id')} />
    </span>
  )
}

function Datasets({ run }: { run: Run }) {
  return run.datasets.map((one, index) => (
    <span key={`${one.id} ${one.part}`}>
      {index > 0 && ', '}
      <Link to="/datasets/$datasetId" params={{ datasetId: one.id }}>
        {one.name}@{one.version}
      </Link>
      {run.datasets.length > 1 && ` (${sayWord(one.part)})`}
    </span>
  ))
}

/** Where the time went, phase by phase. */
export function Phases({ run }: { run: Run }) {
  if (run.phases.length === 0) return null
  return (
    <Section title={say('Phases')}>
      <Facts
        facts={run.phases.map((span) => [
          sayWord(span.phase),
          span.ended_at ? formatSpan(secondsBetween(span.started_at, span.ended_at)) : say('now'),
        ])}
      />
    </Section>
  )
}

export function Warnings({ run }: { run: Run }) {
  if (run.warnings.length === 0) return null
  return (
    <Section title={say('Worth knowing')}>
      <ul style={{ margin: 0, paddingLeft: 18, fontSize: 13 }}>
        {run.warnings.map((warning) => (
          <li key={`${warning.pointer} ${warning.message}`}>
            {warning.message} {warning.pointer && <span className="mono dim">{warning.pointer}</span>}
          </li>
        ))}
      </ul>
    </Section>
  )
}
