import { Button, Paper, Text } from '@mantine/core'
import { IconChartLine, IconFilterOff } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'
import type { RunListed } from '#client'
import { Code } from '#shared/Code.tsx'
import { Empty, Failed, RowsToCome } from '#shared/States.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { liveQuery, overlay, type RunsAsked, runsQuery } from './queries.ts'
import { RunsTable } from './RunsTable.tsx'
import { useRowKeys } from './rowKeys.ts'

type Props = {
  asked: RunsAsked
  columns: readonly string[]
  sort: string | undefined
  mayChange: boolean
  group: string | undefined
  closed: string | undefined
  onClosed: (closed: string | undefined) => void
  onSort: (sort: string | undefined) => void
  onRuns: (runs: RunListed[]) => void
  onClear: () => void
  onCompare: (ids: string[]) => void
  begin?: ReactNode
}

const GroupedTable = lazy(() => import('./Groups.tsx').then((found) => ({ default: found.GroupedTable })))
const BulkBar = lazy(() => import('./BulkBar.tsx').then((found) => ({ default: found.BulkBar })))

/** The list that lives: to come, failed, empty, nothing found, or rows. */
export function RunsList({
  asked,
  onClear,
  onRuns,
  onCompare,
  begin,
  mayChange,
  group,
  closed,
  onClosed,
  ...look
}: Props) {
  const { query, runs } = useLiveRuns(asked)
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const chosen = useMemo(() => runs.filter(({ id }) => ticked.has(id)), [runs, ticked])
  const tick = (ids: string[], isOn: boolean) =>
    setTicked((before) => {
      const next = new Set(before)
      for (const id of ids) isOn ? next.add(id) : next.delete(id)
      return next
    })
  const clear = () => setTicked(new Set())
  const compare = () => chosen.length > 1 && onCompare(chosen.map(({ id }) => id))
  const [order, setOrder] = useState<RunListed[] | null>(null)
  const keys = useRowKeys(order ?? runs, {
    tick: (id) => tick([id], !ticked.has(id)),
    compare,
    clear,
  })
  useEffect(() => onRuns(runs), [onRuns, runs])
  if (query.error && !query.data) return <Failed error={query.error} retry={() => void query.refetch()} />
  const onEnd = () => {
    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
  }
  const table = { ...look, runs, ticked, onTick: tick, focused: keys, onEnd }
  const isFiltered = Boolean(asked.search || asked.status || asked.tag || asked.layer || asked.metric)
  return (
    <>
      <Paper style={{ overflow: 'clip' }}>
        {query.isPending && <RowsToCome rows={8} height={52} />}
        {query.data &&
          runs.length > 0 &&
          (group ? (
            <Suspense fallback={<RowsToCome rows={8} height={52} />}>
              <GroupedTable
                {...{ runs, ticked, onTick: tick, onEnd, group, closed, onClosed }}
                hasMore={query.hasNextPage}
                onOrder={setOrder}
              >
                {(grouped) => <RunsTable {...table} {...grouped} />}
              </GroupedTable>
            </Suspense>
          ) : (
            <RunsTable {...table} />
          ))}
        {query.data &&
          runs.length === 0 &&
          (isFiltered ? <NothingFound onClear={onClear} /> : <FirstRun begin={begin} />)}
        {query.isFetchingNextPage && <RowsToCome rows={3} height={52} />}
      </Paper>
      <Suspense>
        {chosen.length > 0 && <BulkBar chosen={chosen} mayChange={mayChange} onClear={clear} onCompare={compare} />}
      </Suspense>
    </>
  )
}

/** The pages read so far, with what runs in them as it is now; read anew when a run begins or ends. */
function useLiveRuns(asked: RunsAsked) {
  const query = useInfiniteQuery(runsQuery(asked))
  const read = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data])
  const live = useQuery(
    liveQuery(
      asked,
      read.some((run) => !isFinal(run.status)),
    ),
  )
  const newer = live.data?.data
  const running = newer?.map(({ id }) => id).join()
  const { refetch } = query
  useEffect(() => {
    if (running !== undefined) void refetch()
  }, [running, refetch])
  const runs = useMemo(() => overlay(read, newer ?? []), [read, newer])
  return { query, runs }
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Empty icon={IconFilterOff} title={say('No run is like that')}>
      <Button variant="default" size="xs" onClick={onClear}>
        {say('Clear the filters')}
      </Button>
    </Empty>
  )
}

function FirstRun({ begin }: { begin: ReactNode }) {
  return (
    <Empty icon={IconChartLine} title={say('Train your first model')}>
      <Text fz="sm">
        {say(
          'A run is a spec (data, layers, loss) that a worker trains. Start one here, or from a shell with a table of your own:',
        )}
      </Text>
      <Code text="horngate train --data my.csv --target price --watch" prompt />
      <Text fz="sm">{say('or with a spec that you keep in git:')}</Text>
      <Code text="horngate train spec.yaml --watch" prompt />
      {begin}
    </Empty>
  )
}
