import {
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleXFilled,
  IconHourglassEmpty,
  IconLoader2,
  IconPlayerPauseFilled,
} from '@tabler/icons-react'
import type { RunListed } from '#client'
import css from './Status.module.css'
import { say } from './words.ts'

export type RunStatus = RunListed['status']

const LOOKS = {
  queued: { icon: IconCircleDashed, color: 'var(--hg-idle)', word: say('Queued') },
  running: { icon: IconLoader2, color: 'var(--hg-busy)', word: say('Running') },
  paused: { icon: IconPlayerPauseFilled, color: 'var(--hg-idle)', word: say('Paused') },
  succeeded: { icon: IconCircleCheckFilled, color: 'var(--hg-good)', word: say('Succeeded') },
  failed: { icon: IconCircleXFilled, color: 'var(--hg-bad)', word: say('Failed') },
  cancelled: { icon: IconCircleMinus, color: 'var(--hg-idle)', word: say('Cancelled') },
} as const

export const STATUSES = Object.keys(LOOKS) as RunStatus[]

export function statusWord(status: RunStatus): string {
  return LOOKS[status].word
}

/** What the user asked for and has not got yet, said instead of the status. */
function asked(status: RunStatus, wanted: RunListed['wanted'] | undefined): string | null {
  if (status !== 'running' || wanted === undefined || wanted === 'run') return null
  return { pause: say('Pausing'), stop: say('Stopping'), cancel: say('Cancelling') }[wanted]
}

/** A status as icon and word: never colour alone. */
export function Status({ status, wanted }: { status: RunStatus; wanted?: RunListed['wanted'] }) {
  const { icon, color, word } = LOOKS[status]
  const ending = asked(status, wanted)
  const Icon = ending ? IconHourglassEmpty : icon
  return (
    <span className={css.status} style={{ color }} data-status={status}>
      <Icon size={16} className={status === 'running' && !ending ? 'turn' : undefined} aria-hidden />
      {ending ?? word}
    </span>
  )
}

export function isFinal(status: RunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled'
}
