import { useHotkeys } from '@mantine/hooks'
import { useState } from 'react'
import type { RunListed } from '#client'

type Verbs = { tick: (id: string) => void; compare: () => void; clear: () => void }

/** The list by the keyboard: which row it is at, after `j` and `k`; null before the first. */
export function useRowKeys(runs: RunListed[], verbs: Verbs): number | null {
  const [at, setAt] = useState<number | null>(null)
  const move = (by: number) => setAt((now) => Math.max(0, Math.min(runs.length - 1, (now ?? -1) + by)))
  useHotkeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    [
      'x',
      () => {
        const run = at === null ? undefined : runs[at]
        if (run) verbs.tick(run.id)
      },
    ],
    ['c', verbs.compare],
    ['Escape', verbs.clear],
  ])
  return at
}
