import { Paper, ScrollArea, Skeleton, Stack, Tabs } from '@mantine/core'
import { IconChartDots3 } from '@tabler/icons-react'
import { useQueries } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Run } from '#client'
import { Chips } from '#features/compare/Chips.tsx'
import { Differences } from '#features/compare/Differences.tsx'
import { Models } from '#features/compare/Models.tsx'
import { Parameters } from '#features/compare/Parameters.tsx'
import { Together } from '#features/compare/Together.tsx'
import { Overlay } from '#features/curves/Overlay.tsx'
import { Judgements } from '#features/evaluation/Judgements.tsx'
import { Logs } from '#features/log/Logs.tsx'
import { runQuery } from '#features/runs/queries.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { isMissing } from '#shared/problem.ts'
import { Empty, Failed } from '#shared/States.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say, sayMany } from '#shared/words.ts'
import { COMPARED_TABS, type Compared, type ComparedTab } from './search.ts'

const MOST = 50

const WORDS: Record<ComparedTab, string> = {
  overview: say('Overview'),
  models: say('Models'),
  log: say('Log'),
  tensorboard: 'TensorBoard',
}

/** Runs side by side; which ones stands in the address. A run that is not there any more is left out. */
export function ComparePage() {
  const asked = useSearch({ from: '/shell/compare' })
  const navigate = useNavigate({ from: '/compare' })
  const ids = [...new Set((asked.runs ?? '').split(',').filter(Boolean))].slice(0, MOST)
  const queries = useQueries({ queries: ids.map((id) => runQuery(id)) })
  const show = (next: Compared) => void navigate({ search: next, replace: true, resetScroll: false })
  const broken = queries.find((query) => query.error && !isMissing(query.error))
  const runs = queries.flatMap((query) => query.data ?? [])
  return (
    <Page title={say('Compare')} wide lead={runs.length > 1 ? sayMany(runs.length, '{n} run', '{n} runs') : undefined}>
      {broken?.error ? (
        <Failed error={broken.error} retry={() => void broken.refetch()} />
      ) : queries.some((query) => query.isPending) ? (
        <ComparedToCome />
      ) : runs.length < 2 ? (
        <TooFew />
      ) : (
        <Stack gap="md">
          <Chips
            runs={runs}
            onDrop={(id) => show({ ...asked, runs: ids.filter((one) => one !== id).join(',') || undefined })}
          />
          <ComparedTabs runs={runs} asked={asked} show={show} />
        </Stack>
      )}
    </Page>
  )
}

type Props = { runs: Run[]; asked: Compared; show: (next: Compared) => void }

/** The tab stands in the address. */
function ComparedTabs({ runs, asked, show }: Props) {
  const { tab = 'overview' } = asked
  const open = (chosen: string | null) => {
    const next = COMPARED_TABS.find((one) => one === chosen)
    show({ ...asked, tab: next === 'overview' ? undefined : next })
  }
  return (
    <Tabs value={tab} onChange={open}>
      <ScrollArea type="never" mb="md">
        <Tabs.List style={{ flexWrap: 'nowrap' }}>
          {COMPARED_TABS.map((one) => (
            <Tabs.Tab key={one} value={one} style={{ whiteSpace: 'nowrap' }}>
              {WORDS[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </ScrollArea>
      <Tabs.Panel value={tab}>
        <Part tab={tab} runs={runs} asked={asked} show={show} />
      </Tabs.Panel>
    </Tabs>
  )
}

function Part({ tab, runs, asked, show }: Props & { tab: ComparedTab }) {
  const brief = runs.map(({ id, name, status }) => ({ id, name, isLive: !isFinal(status) }))
  switch (tab) {
    case 'overview':
      return (
        <Stack gap="md">
          <Overlay runs={brief} />
          <Parameters runs={runs} metric={asked.metric} onMetric={(metric) => show({ ...asked, metric })} />
          <Judgements runs={runs.filter(({ status }) => isFinal(status))} />
          <Differences runs={runs} />
        </Stack>
      )
    case 'models':
      return <Models runs={runs} models={asked.models} onModels={(models) => show({ ...asked, models })} />
    case 'log':
      return (
        <Logs runs={brief} find={asked.find ?? ''} onFind={(find) => show({ ...asked, find: find || undefined })} />
      )
    case 'tensorboard':
      return <Together runs={runs} />
  }
}

function ComparedToCome() {
  return (
    <Stack gap="md" role="status" aria-label={say('Loading')}>
      <Skeleton h={30} w="60%" />
      <Skeleton h={330} radius="lg" />
      <Skeleton h={240} radius="lg" />
    </Stack>
  )
}

function TooFew() {
  return (
    <Paper>
      <Empty icon={IconChartDots3} title={say('Choose two runs or more')}>
        {say(
          'Tick them in the list (or press x on a row) and choose Compare: their curves are laid over one another, and what differs in their specs and scores stands side by side.',
        )}
        <LinkButton to="/runs" variant="default">
          {say('To the runs')}
        </LinkButton>
      </Empty>
    </Paper>
  )
}
