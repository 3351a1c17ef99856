import { Group, Paper, SimpleGrid, Skeleton, Slider, Stack, Switch, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconChartLine } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Series } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Empty } from '#shared/States.tsx'
import { CurveCard } from './CurveCard.tsx'
import { epochCharts, systemCharts } from './groups.ts'
import { metricsQuery } from './queries.ts'

type Props = { runId: string; isLive: boolean; monitor: string; best: number | null }

/** All curves of a run, with what the machine did below. */
export function Curves({ runId, isLive, monitor, best }: Props) {
  const query = useQuery(metricsQuery(runId, isLive))
  return (
    <Loaded query={query} toCome={<ChartsToCome count={4} />}>
      {({ series }) =>
        series.length === 0 ? (
          <NoCurves isLive={isLive} />
        ) : (
          <Charts series={series} monitor={monitor} best={best} runId={runId} />
        )
      }
    </Loaded>
  )
}

/** The monitored metric and the loss alone, for the overview. */
export function MainCurves({ runId, isLive, monitor, best }: Props) {
  const query = useQuery(metricsQuery(runId, isLive))
  return (
    <Loaded query={query} toCome={<ChartsToCome count={2} />}>
      {({ series }) => {
        const charts = epochCharts(series, monitor)
        if (charts.length === 0) return <NoCurves isLive={isLive} />
        return (
          <SimpleGrid cols={{ base: 1, md: Math.min(2, charts.length) }} spacing="md">
            {charts.slice(0, 2).map((chart) => (
              <CurveCard key={chart.name} chart={chart} best={best} syncKey={runId} height={230} />
            ))}
          </SimpleGrid>
        )
      }}
    </Loaded>
  )
}

type ChartsProps = { series: Series[]; monitor: string; best: number | null; runId: string }

function Charts({ series, monitor, best, runId }: ChartsProps) {
  const [isLog, setLog] = useLocalStorage({ key: 'curves-log', defaultValue: false })
  const [smoothing, setSmoothing] = useLocalStorage({ key: 'curves-smoothing', defaultValue: 0 })
  const charts = useMemo(() => epochCharts(series, monitor), [series, monitor])
  const machine = useMemo(() => systemCharts(series), [series])
  return (
    <Stack gap="md">
      <Group justify="flex-end" gap="md" mih={30}>
        <Group gap="sm" wrap="nowrap">
          <Text fz="xs" c="dimmed" id="smoothing">
            Smoothing
          </Text>
          <Slider
            w={110}
            size="xs"
            min={0}
            max={0.95}
            step={0.05}
            value={smoothing}
            onChange={setSmoothing}
            label={(value) => value.toFixed(2)}
            thumbProps={{ 'aria-labelledby': 'smoothing' }}
          />
        </Group>
        <Switch
          size="xs"
          label="Logarithmic"
          checked={isLog}
          onChange={(event) => setLog(event.currentTarget.checked)}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {charts.map((chart) => (
          <CurveCard key={chart.name} chart={chart} best={best} isLog={isLog} smoothing={smoothing} syncKey={runId} />
        ))}
      </SimpleGrid>
      {machine.length > 0 && (
        <>
          <Text fw={600} fz="sm" mt="sm" component="h2" mb={0}>
            Machine
          </Text>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {machine.map((chart) => (
              <CurveCard key={chart.name} chart={chart} isSystem height={130} syncKey={`${runId}-machine`} />
            ))}
          </SimpleGrid>
        </>
      )}
    </Stack>
  )
}

function NoCurves({ isLive }: { isLive: boolean }) {
  return (
    <Paper>
      <Empty icon={IconChartLine} title={isLive ? 'The first epoch is under way' : 'No epoch was finished'}>
        {isLive && 'Its curves appear here as it ends.'}
      </Empty>
    </Paper>
  )
}

function ChartsToCome({ count }: { count: number }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" role="status" aria-label="Loading the curves">
      {Array.from({ length: count }, (_, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={nth} h={304} radius="lg" />
      ))}
    </SimpleGrid>
  )
}
