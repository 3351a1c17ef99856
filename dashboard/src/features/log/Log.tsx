import { Paper, Text } from '@mantine/core'
import { IconTerminal2 } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { LogHead } from './LogHead.tsx'
import { LogLines } from './LogLines.tsx'
import { type Level, logQuery } from './queries.ts'

/** What the training printed, live. */
export function Log({ runId, isLive }: { runId: string; isLive: boolean }) {
  const [level, setLevel] = useState<Level>('info')
  const [follows, setFollows] = useState(true)
  const query = useQuery({ ...logQuery(useQueryClient(), runId, level), refetchInterval: isLive ? 4000 : false })
  return (
    <Paper style={{ overflow: 'hidden' }}>
      <LogHead
        level={level}
        onLevel={setLevel}
        follows={follows}
        onFollow={setFollows}
        after={
          <Text fz="xs" c="dimmed" className="numbers">
            {query.data && sayMany(query.data.lines.length, '{n} line', '{n} lines')}
          </Text>
        }
      />
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
