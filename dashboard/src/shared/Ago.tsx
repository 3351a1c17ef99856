import { Tooltip } from '@mantine/core'
import { useNow } from './clock.ts'
import { formatAgo, formatInstant, formatSpan, secondsBetween } from './time.ts'

/** How long ago, with the instant on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <Tooltip label={formatInstant(at)}>
      <time dateTime={at} className="numbers">
        {formatAgo(at, now)}
      </time>
    </Tooltip>
  )
}

/** How long it took, or takes so far. */
export function Lasted({ from, to }: { from: string; to: string | null | undefined }) {
  const now = useNow()
  return <span className="numbers">{formatSpan(secondsBetween(from, to ?? now))}</span>
}
