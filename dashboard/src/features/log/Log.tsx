import { Group, Paper, SegmentedControl, Switch, Text } from '@mantine/core'
import { IconTerminal2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Loaded } from '#shared/Loaded.tsx'
import { plural } from '#shared/numbers.ts'
import { Empty } from '#shared/States.tsx'
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
            aria-label="Which lines"
            value={level}
            onChange={(chosen) => setLevel(chosen as Level)}
            data={[
              { value: 'info', label: 'Everything' },
              { value: 'error', label: 'Standard error' },
            ]}
          />
          <Text fz="xs" c="dimmed" className="numbers">
            {query.data && plural(query.data.lines.length, 'line')}
          </Text>
        </Group>
        <Switch
          size="xs"
          label="Follow"
          checked={follows}
          onChange={(event) => setFollows(event.currentTarget.checked)}
        />
      </Group>
      <Loaded query={query}>
        {({ lines }) =>
          lines.length === 0 ? (
            <Empty icon={IconTerminal2} title="Nothing was printed">
              {isLive ? 'What the training prints appears here within a second.' : null}
            </Empty>
          ) : (
            <LogLines lines={lines} follows={follows} onLeave={() => setFollows(false)} />
          )
        }
      </Loaded>
    </Paper>
  )
}
