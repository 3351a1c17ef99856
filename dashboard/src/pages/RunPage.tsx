import { SimpleGrid, Skeleton, Stack } from '@mantine/core'
import { IconCopyPlus } from '@tabler/icons-react'
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import type { Run } from '#client'
import { MainCurves } from '#features/curves/Curves.tsx'
import { applyToCurves } from '#features/curves/queries.ts'
import { applyToLog } from '#features/log/queries.ts'
import { applyToResults } from '#features/results/queries.ts'
import { FailureCard } from '#features/runs/FailureCard.tsx'
import { applyToRun, runQuery } from '#features/runs/queries.ts'
import { Phases, RunFacts, Warnings } from '#features/runs/RunFacts.tsx'
import { RunHeader } from '#features/runs/RunHeader.tsx'
import { RunVerbs } from '#features/runs/RunVerbs.tsx'
import { Scores } from '#features/runs/Scores.tsx'
import { useMayChange } from '#features/session/place.ts'
import { LinkButton } from '#shared/LinkButton.tsx'
import { Page } from '#shared/Page.tsx'
import { isMissing } from '#shared/problem.ts'
import { Failed } from '#shared/States.tsx'
import { isFinal } from '#shared/Status.tsx'
import { type RunEvent, useRunEvents } from '#shared/stream.ts'
import { say } from '#shared/words.ts'
import { MissingPage } from './MissingPage.tsx'
import { RunTabs } from './RunTabs.tsx'

/** One event, told to everything that is drawn from it. */
function tellAll(cache: QueryClient, id: string, event: RunEvent) {
  applyToRun(cache, id, event)
  applyToCurves(cache, id, event)
  applyToLog(cache, id, event)
  applyToResults(cache, id, event)
}

export function RunPage() {
  const { runId } = useParams({ from: '/shell/runs/$runId' })
  const cache = useQueryClient()
  const query = useQuery(runQuery(runId))
  const run = query.data
  useRunEvents(runId, run && !isFinal(run.status) ? run.last_seq : undefined, (event) => tellAll(cache, runId, event))
  if (isMissing(query.error)) return <MissingPage />
  if (run) return <Loaded run={run} />
  return (
    <Page title={say('Run')} wide>
      {query.error ? <Failed error={query.error} retry={() => void query.refetch()} /> : <RunToCome />}
    </Page>
  )
}

function Loaded({ run }: { run: Run }) {
  const navigate = useNavigate()
  const mayChange = useMayChange(run.project)
  return (
    <Page
      title={run.name}
      wide
      actions={
        mayChange && (
          <RunVerbs run={run} onDeleted={() => void navigate({ to: '/runs', search: {} })}>
            <LinkButton to="/new" search={{ run: run.id }} variant="default" leftSection={<IconCopyPlus size={16} />}>
              {say('New run from this')}
            </LinkButton>
          </RunVerbs>
        )
      }
    >
      <RunHeader run={run} />
      {run.failure && <FailureCard run={run} mayChange={mayChange} />}
      <RunTabs run={run} overview={<Overview run={run} />} />
    </Page>
  )
}

function RunToCome() {
  return (
    <Stack gap="md" role="status" aria-label={say('Loading')}>
      <Skeleton h={50} radius="lg" />
      <Skeleton h={36} w="60%" />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Skeleton h={304} radius="lg" />
        <Skeleton h={304} radius="lg" />
      </SimpleGrid>
    </Stack>
  )
}

function Overview({ run }: { run: Run }) {
  return (
    <Stack gap="md">
      <MainCurves run={run} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
        <Stack gap="md">
          <Scores run={run} />
          <Warnings run={run} />
        </Stack>
        <Stack gap="md">
          <RunFacts run={run} />
          <Phases run={run} />
        </Stack>
      </SimpleGrid>
    </Stack>
  )
}
