import { Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconChartLine } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import type { Checkpoint, Run, Series } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { ChartsToCome, Controls, useLook } from './Controls.tsx'
import { CurveCard } from './CurveCard.tsx'
import { epochCharts, systemCharts } from './groups.ts'
import { feetOf, marksOf } from './marks.ts'
import type { Mark } from './options.ts'
import { needsTimes } from './plot.ts'
import { metricsQuery, steeringQuery } from './queries.ts'

type Kept = { checkpoints?: Checkpoint[]; onCheckpoint?: (name: string) => void }

/** All curves of a run, with what the machine did below; at their feet the checkpoints that are kept. */
export function Curves({ run, checkpoints, onCheckpoint }: { run: Run } & Kept) {
  const { axis } = useLook().shown
  const query = useQuery(metricsQuery(run.id, !isFinal(run.status), needsTimes(axis)))
  const told = useMarks(run)
  const marks = useMemo(() => [...told, ...feetOf(checkpoints ?? [])], [told, checkpoints])
  return (
    <Loaded query={query} toCome={<ChartsToCome count={4} />}>
      {({ series }) =>
        series.length === 0 ? (
          <NoCurves run={run} />
        ) : (
          <Charts series={series} run={run} marks={marks} onMark={onCheckpoint} />
        )
      }
    </Loaded>
  )
}

/** The monitored metric and the loss alone, for the overview. */
export function MainCurves({ run }: { run: Run }) {
  const query = useQuery(metricsQuery(run.id, !isFinal(run.status)))
  const marks = useMarks(run)
  return (
    <Loaded query={query} toCome={<ChartsToCome count={2} />}>
      {({ series }) => {
        const charts = epochCharts(series, run.monitor ?? 'val_loss')
        if (charts.length === 0) return <NoCurves run={run} />
        return (
          <SimpleGrid cols={{ base: 1, md: Math.min(2, charts.length) }} spacing="md">
            {charts.slice(0, 2).map((chart) => (
              <CurveCard key={chart.name} chart={chart} marks={marks} syncKey={run.id} runId={run.id} height={230} />
            ))}
          </SimpleGrid>
        )
      }}
    </Loaded>
  )
}

function useMarks(run: Run): Mark[] {
  const { data: steering } = useQuery(steeringQuery(run.id, run.live !== null))
  const told = { best: run.best?.epoch ?? null, last: run.last?.epoch ?? null, endedBy: run.ended_by }
  // biome-ignore lint/correctness/useExhaustiveDependencies: `told` is made of the three
  return useMemo(() => marksOf({ ...told, steering: steering ?? [] }), [told.best, told.last, told.endedBy, steering])
}

type ChartsProps = { series: Series[]; run: Run; marks: Mark[]; onMark?: (key: string) => void }

function Charts({ series, run, marks, onMark }: ChartsProps) {
  const look = useLook()
  const rested = useDeferredValue(series) // an epoch may wait for a frame, not the other way round
  const charts = useMemo(() => epochCharts(rested, run.monitor ?? 'val_loss'), [rested, run.monitor])
  const machine = useMemo(() => systemCharts(rested), [rested])
  const steps = run.progress?.steps ?? null
  return (
    <Stack gap="md">
      <Controls look={look} axes={steps ? ['epoch', 'step', 'time', 'clock'] : ['epoch', 'time', 'clock']} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {charts.map((chart) => (
          <CurveCard
            key={chart.name}
            chart={chart}
            marks={marks}
            onMark={onMark}
            steps={steps}
            syncKey={run.id}
            runId={run.id}
            {...look.shown}
          />
        ))}
      </SimpleGrid>
      {machine.length > 0 && (
        <>
          <Text fw={600} fz="sm" mt="sm" component="h2" mb={0}>
            {say('Machine')}
          </Text>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {machine.map((chart) => (
              <CurveCard key={chart.name} chart={chart} isSystem height={130} syncKey={`${run.id}-machine`} />
            ))}
          </SimpleGrid>
        </>
      )}
    </Stack>
  )
}

function NoCurves({ run }: { run: Run }) {
  const title = { queued: say('It waits for a worker'), paused: say('Paused before its first epoch') }[
    run.status as string
  ]
  const isOver = isFinal(run.status)
  return (
    <Paper>
      <Empty
        icon={IconChartLine}
        title={title ?? (isOver ? say('No epoch was finished') : say('The first epoch is under way'))}
      >
        {!isOver && say('Its curves appear here as epochs end.')}
      </Empty>
    </Paper>
  )
}
