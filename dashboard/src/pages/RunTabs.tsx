import { ScrollArea, Tabs } from '@mantine/core'
import { IconCopyPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense } from 'react'
import type { Run } from '#client'
import { Curves } from '#features/curves/Curves.tsx'
import { Evaluation } from '#features/evaluation/Evaluation.tsx'
import { Log } from '#features/log/Log.tsx'
import { Predict } from '#features/predict/Predict.tsx'
import { Artifacts } from '#features/results/Artifacts.tsx'
import { Board } from '#features/results/Board.tsx'
import { History } from '#features/results/History.tsx'
import { Layers } from '#features/results/Layers.tsx'
import { LinkButton } from '#shared/LinkButton.tsx'
import { checkpointsQuery } from '#shared/results.ts'
import { RowsToCome } from '#shared/States.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { TABS, type Tab } from './search.ts'

const SpecView = lazy(() => import('#features/results/SpecView.tsx').then(({ SpecView }) => ({ default: SpecView })))

const WORDS: Record<Tab, string> = {
  overview: say('Overview'),
  curves: say('Curves'),
  log: say('Log'),
  evaluation: say('Evaluation'),
  layers: say('Layers'),
  spec: say('Spec'),
  tensorboard: 'TensorBoard',
  predict: say('Predict'),
  artifacts: say('Artifacts'),
  events: say('Events'),
}

/** The tab stands in the address. */
export function RunTabs({ run, overview }: { run: Run; overview: ReactNode }) {
  const { tab = 'overview' } = useSearch({ from: '/shell/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const open = (chosen: string | null) => {
    const next = TABS.find((one) => one === chosen)
    void navigate({ search: { tab: next === 'overview' ? undefined : next }, replace: true, resetScroll: false })
  }
  return (
    <Tabs value={tab} onChange={open}>
      <ScrollArea type="never" mb="md">
        <Tabs.List style={{ flexWrap: 'nowrap' }}>
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} style={{ whiteSpace: 'nowrap' }}>
              {WORDS[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </ScrollArea>
      <Tabs.Panel value={tab}>{tab === 'overview' ? overview : <Part run={run} tab={tab} />}</Tabs.Panel>
    </Tabs>
  )
}

function Part({ run, tab }: { run: Run; tab: Exclude<Tab, 'overview'> }) {
  const isLive = !isFinal(run.status)
  switch (tab) {
    case 'curves':
      return <CurvesAndCheckpoints run={run} />
    case 'log':
      return <Log runId={run.id} isLive={isLive} />
    case 'evaluation':
      return <Evaluation runId={run.id} isOver={!isLive} />
    case 'layers':
      return <LayersAndWeights run={run} />
    case 'spec':
      return (
        <Suspense fallback={<RowsToCome />}>
          <SpecView spec={run.spec} actions={<FromThis run={run} />} />
        </Suspense>
      )
    case 'tensorboard':
      return <Board runId={run.id} />
    case 'predict':
      return <Predict run={run} />
    case 'artifacts':
      return <Artifacts runId={run.id} />
    case 'events':
      return <History runId={run.id} />
  }
}

function LayersAndWeights({ run }: { run: Run }) {
  const { layer } = useSearch({ from: '/shell/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  return (
    <Layers
      runId={run.id}
      isBuilt={run.phase !== 'preparing' && run.status !== 'queued'}
      isLive={!isFinal(run.status)}
      layer={layer}
      onLayer={(next) => void navigate({ search: { tab: 'layers', layer: next }, replace: true, resetScroll: false })}
    />
  )
}

/** While it trains the newest checkpoint is another one each epoch: they are marked when it has ended. */
function CurvesAndCheckpoints({ run }: { run: Run }) {
  const navigate = useNavigate({ from: '/runs/$runId' })
  const { data } = useQuery({ ...checkpointsQuery(run.id), enabled: isFinal(run.status) })
  return (
    <Curves
      run={run}
      checkpoints={isFinal(run.status) ? data?.data : undefined}
      onCheckpoint={() => void navigate({ search: { tab: 'artifacts' }, hash: 'checkpoints' })}
    />
  )
}

function FromThis({ run }: { run: Run }) {
  return (
    <LinkButton to="/new" search={{ run: run.id }} variant="default" size="xs" leftSection={<IconCopyPlus size={15} />}>
      {say('New run from this')}
    </LinkButton>
  )
}
