import { Button, Group, Paper, Text } from '@mantine/core'
import { IconChartLine, IconFilterOff } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Code } from '#shared/Code.tsx'
import { Empty, Failed, RowsToCome } from '#shared/States.tsx'
import { type RunsAsked, runsQuery } from './queries.ts'
import { RunsTable } from './RunsTable.tsx'

type Props = { asked: RunsAsked; onClear?: () => void; begin?: ReactNode }

/** The list that lives: to come, failed, empty, nothing found, or rows. */
export function RunsList({ asked, onClear, begin }: Props) {
  const query = useInfiniteQuery(runsQuery(asked))
  if (query.error && !query.data) return <Failed error={query.error} retry={() => void query.refetch()} />
  const runs = query.data?.pages.flatMap((page) => page.data) ?? []
  const isFiltered = Boolean(asked.search || asked.status?.length)
  return (
    <Paper style={{ overflow: 'hidden' }}>
      {query.isPending && <RowsToCome rows={8} height={52} />}
      {query.data && runs.length > 0 && <RunsTable runs={runs} />}
      {query.data &&
        runs.length === 0 &&
        (isFiltered ? <NothingFound onClear={onClear} /> : <FirstRun begin={begin} />)}
      {query.hasNextPage && (
        <Group justify="center" p="sm">
          <Button
            variant="subtle"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show older runs
          </Button>
        </Group>
      )}
    </Paper>
  )
}

function NothingFound({ onClear }: { onClear?: () => void }) {
  return (
    <Empty icon={IconFilterOff} title="No run is like that">
      <Button variant="default" size="xs" onClick={onClear}>
        Clear the filters
      </Button>
    </Empty>
  )
}

function FirstRun({ begin }: { begin: ReactNode }) {
  return (
    <Empty icon={IconChartLine} title="Train your first model">
      <Text fz="sm">
        A run is a spec (data, layers, loss) that a worker trains. Start one here, or from a shell with a table of your
        own:
      </Text>
      <Code text="horngate train --data my.csv --target price --watch" prompt />
      <Text fz="sm">or with a spec that you keep in git:</Text>
      <Code text="horngate train spec.yaml --watch" prompt />
      {begin}
    </Empty>
  )
}
