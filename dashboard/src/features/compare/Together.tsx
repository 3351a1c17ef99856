import { Paper } from '@mantine/core'
import { IconChartAreaLine } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Run } from '#client'
import { BoardFrame } from '#shared/BoardFrame.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { boardQuery } from './queries.ts'

/** One TensorBoard over all of them. */
export function Together({ runs }: { runs: Run[] }) {
  const query = useQuery(boardQuery(runs.map(({ id }) => id)))
  return (
    <Loaded query={query}>
      {(board) =>
        board ? (
          <BoardFrame
            address={board.url}
            about={say('One TensorBoard over {runs}', { runs: sayMany(board.runs.length, '{n} run', '{n} runs') })}
          />
        ) : (
          <Paper>
            <Empty icon={IconChartAreaLine} title={say('Nothing to show yet')}>
              {say(
                'None of these runs has written anything for TensorBoard: they wait, or their specs say “fit.tensorboard: false”.',
              )}
            </Empty>
          </Paper>
        )
      }
    </Loaded>
  )
}
