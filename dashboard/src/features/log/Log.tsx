import { Group, Paper, SegmentedControl, Switch, Text } from '@mantine/core'
import { IconTerminal2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { LogLines } from './LogLines.tsx'
import { type Level, logQuery } from './queries.ts'

/** What the training printed, live. */
export function Log({ runId, isLive }: { runId: string; isLive: boolean }) {
  const [level, setLevel] = useState<Level>('info')
  const [follows, setFollows] = useState(true)
  const query = useQuery({ ...logQuery(useQueryClient(), runId, level), refetchInterval: isLive ? 4000 : false })
  return (
    <Paper style={{ overflow: 'hidden' }}>
      <Group justify="space-between" px="md" py={8} gap="sm" style={{ borderBottom: '1px solid var(--hg-line)' }}>
        <Group gap="md">
          <SegmentedControl
            aria-label={say('Which lines')}
            value={level}
            onChange={(chosen) => setLevel(chosen as Level)}
            data={[
              { value: 'info', label: say('Everything') },
              { value: 'error', label: say('Standard error') },
            ]}
          />
          <Text fz="xs" c="dimmed" className="numbers">
            {query.data && sayMany(query.data.lines.length, '{n} line', '{n} lines')}
          </Text>
        </Group>
        <Switch
          size="xs"
          label={say('Follow')}
          checked={follows}
          onChange={(event) => setFollows(event.currentTarget.checked)}
        />
      </Group>
      <Loaded query={query}>
        {({ lines }) =>
          lines.length === 0 ? (
            <Empty icon={IconTerminal2} title={say('Nothing was printed')}>
              {isLive ? say('What the training prints appears here within a second.') : null}
            </Empty>
          ) : (
            <LogLines lines={lines} follows={follows} onLeave={() => setFollows(false)} />
          )
        }
      </Loaded>
    </Paper>
  )
}
