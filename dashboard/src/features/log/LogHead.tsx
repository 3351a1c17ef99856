import { Group, SegmentedControl, Switch } from '@mantine/core'
import type { ReactNode } from 'react'
import { say } from '#shared/words.ts'
import type { Level } from './queries.ts'

type Props = {
  level: Level
  onLevel: (level: Level) => void
  follows: boolean
  onFollow: (follows: boolean) => void
  before?: ReactNode
  after?: ReactNode
}

/** Above what was printed: which lines, and whether the newest stay in sight. */
export function LogHead({ level, onLevel, follows, onFollow, before, after }: Props) {
  return (
    <Group justify="space-between" px="md" py={8} gap="sm" style={{ borderBottom: '1px solid var(--hg-line)' }}>
      <Group gap="md" style={{ flexGrow: 1 }}>
        {before}
        <SegmentedControl
          aria-label={say('Which lines')}
          value={level}
          onChange={(chosen) => onLevel(chosen as Level)}
          data={[
            { value: 'info', label: say('Everything') },
            { value: 'error', label: say('Standard error') },
          ]}
        />
        {after}
      </Group>
      <Switch
        size="xs"
        label={say('Follow')}
        checked={follows}
        onChange={(event) => onFollow(event.currentTarget.checked)}
      />
    </Group>
  )
}
