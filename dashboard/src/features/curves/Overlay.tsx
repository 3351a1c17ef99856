import { Paper, SimpleGrid, Stack, Switch } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconChartLine } from '@tabler/icons-react'
import { useQueries } from '@tanstack/react-query'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { ChartsToCome, Controls, useLook } from './Controls.tsx'
import { CurveCard } from './CurveCard.tsx'
import { overlayCharts } from './groups.ts'
import { needsTimes } from './plot.ts'
import { metricsQuery } from './queries.ts'

type Props = { runs: { id: string; name: string; isLive: boolean }[] }

/** The curves of several runs over one another, each run in its colour. */
export function Overlay({ runs }: Props) {
  const [withTraining, setTraining] = useLocalStorage({ key: 'curves-training', defaultValue: false })
  const look = useLook()
  const queries = useQueries({
    queries: runs.map((run) => metricsQuery(run.id, run.isLive, needsTimes(look.shown.axis))),
  })
  if (queries.some((query) => query.isPending)) return <ChartsToCome count={2} />
  const series = runs.map((run, nth) => ({ id: run.id, name: run.name, series: queries[nth]?.data?.series ?? [] }))
  const charts = overlayCharts(series, withTraining)
  if (charts.length === 0) {
    return (
      <Paper>
        <Empty icon={IconChartLine} title={say('None of them has finished an epoch')} />
      </Paper>
    )
  }
  return (
    <Stack gap="md">
      <Controls look={look} axes={['epoch', 'time', 'clock']}>
        <Switch
          size="xs"
          label={say('Training too')}
          checked={withTraining}
          onChange={(event) => setTraining(event.currentTarget.checked)}
        />
      </Controls>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {charts.map((chart) => (
          <CurveCard key={chart.name} chart={chart} syncKey="compare" height={260} {...look.shown} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}
