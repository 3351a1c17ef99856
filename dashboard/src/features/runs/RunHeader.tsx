import { Group, Paper } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Run } from '#client'
import { Ago, Lasted } from '#shared/Ago.tsx'
import { plural } from '#shared/numbers.ts'
import { Status } from '#shared/Status.tsx'
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
          <ProgressBar progress={run.progress} label="Progress" />
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
          ? `${ordinal(run.queue_position)} in the queue “${run.queue}”`
          : `In the queue “${run.queue}”`}
      </Dim>
    )
  }
  if (run.status === 'running') {
    return (
      <Group gap="md" fz="sm">
        {run.phase && <span data-phase={run.phase}>{capital(run.phase)}</span>}
        {run.phase === 'training' && <ProgressWords progress={run.progress} />}
      </Group>
    )
  }
  if (run.status === 'paused') {
    return <Dim>{[epochsDone(run), 'goes on where it left when it is resumed'].filter(Boolean).join(' · ')}</Dim>
  }
  return <Dim>{[endWord(run), epochsDone(run)].filter(Boolean).join(' ')}</Dim>
}

function epochsDone(run: Run): string | null {
  if (run.last?.epoch) return `after ${plural(run.last.epoch, 'epoch')}`
  return run.progress?.epoch ? `in epoch ${run.progress.epoch}` : null
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
      {run.started_at ? 'started ' : 'created '}
      <Ago at={run.started_at ?? run.created_at} />
    </Dim>
  )
}

/** Why it ended, where the status does not say it already. */
function endWord(run: Run): string | null {
  if (run.ended_by === null || run.ended_by === 'failure' || run.ended_by === 'cancel') return null
  return capital(run.ended_by.replaceAll('_', ' '))
}

function ordinal(position: number): string {
  return position === 1 ? 'Next' : `Number ${position}`
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
