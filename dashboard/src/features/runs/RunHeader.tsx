import { Group, Paper } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Run } from '#client'
import { Ago, Lasted } from '#shared/Ago.tsx'
import { Status } from '#shared/Status.tsx'
import { say, sayMany, sayWord } from '#shared/words.ts'
import { ProgressBar, ProgressWords } from './ProgressBar.tsx'

/** One strip: how it stands and how far it is. */
export function RunHeader({ run }: { run: Run }) {
  return (
    <Paper px="md" py={12} mb="md">
      <Group justify="space-between" gap="sm" mih={24}>
        <Group gap="md">
          <Status status={run.status} wanted={run.wanted} />
          <Now run={run} />
        </Group>
        <Group gap="md" fz="sm">
          <When run={run} />
        </Group>
      </Group>
      {run.status === 'running' && (
        <div style={{ marginTop: 10 }}>
          <ProgressBar progress={run.progress} label={say('Progress')} />
        </div>
      )}
    </Paper>
  )
}

function Dim({ children }: { children: ReactNode }) {
  return (
    <span className="dim numbers" style={{ fontSize: 13 }}>
      {children}
    </span>
  )
}

function Now({ run }: { run: Run }) {
  if (run.status === 'queued') {
    return (
      <Dim>
        {run.queue_position
          ? say('{place} in the queue “{queue}”', {
              place: ordinal(run.queue_position),
              queue: run.queue,
            })
          : say('In the queue “{queue}”', { queue: run.queue })}
      </Dim>
    )
  }
  if (run.status === 'running') {
    return (
      <Group gap="md" fz="sm">
        {run.phase && <span data-phase={run.phase}>{capital(sayWord(run.phase))}</span>}
        {run.phase === 'training' && <ProgressWords progress={run.progress} />}
      </Group>
    )
  }
  if (run.status === 'paused') {
    return <Dim>{[epochsDone(run), say('goes on where it left when it is resumed')].filter(Boolean).join(' · ')}</Dim>
  }
  return <Dim>{[endWord(run), epochsDone(run)].filter(Boolean).join(' ')}</Dim>
}

function epochsDone(run: Run): string | null {
  if (run.last?.epoch) return say('after {epochs}', { epochs: sayMany(run.last.epoch, '{n} epoch', '{n} epochs') })
  return run.progress?.epoch ? say('in epoch {epoch}', { epoch: run.progress.epoch }) : null
}

function When({ run }: { run: Run }) {
  return (
    <Dim>
      {run.started_at && (
        <>
          <Lasted from={run.started_at} to={run.ended_at} />
          {' · '}
        </>
      )}
      {run.started_at ? say('started') : say('created')} <Ago at={run.started_at ?? run.created_at} />
    </Dim>
  )
}

/** Why it ended, where the status does not say it already. */
function endWord(run: Run): string | null {
  if (run.ended_by === null || run.ended_by === 'failure' || run.ended_by === 'cancel') return null
  return capital(sayWord(run.ended_by))
}

function ordinal(position: number): string {
  return position === 1 ? say('Next') : say('Number {position}', { position })
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
