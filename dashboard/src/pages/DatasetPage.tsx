import { SimpleGrid, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import type { Dataset } from '#client'
import { DatasetFacts, Versions } from '#features/datasets/DatasetFacts.tsx'
import { DatasetVerbs } from '#features/datasets/DatasetVerbs.tsx'
import { Preview } from '#features/datasets/Preview.tsx'
import { Profile } from '#features/datasets/Profile.tsx'
import { datasetQuery } from '#features/datasets/queries.ts'
import { TrainOnThis } from '#features/datasets/TrainOnThis.tsx'
import { RunsUsing } from '#features/runs/RunsUsing.tsx'
import { useMayChange } from '#features/session/place.ts'
import { formatCount } from '#shared/numbers.ts'
import { Page } from '#shared/Page.tsx'
import { isMissing } from '#shared/problem.ts'
import { Failed } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { MissingPage } from './MissingPage.tsx'

export function DatasetPage() {
  const { datasetId } = useParams({ from: '/shell/datasets/$datasetId' })
  const query = useQuery(datasetQuery(datasetId))
  if (isMissing(query.error)) return <MissingPage />
  if (query.data) return <Loaded key={query.data.id} dataset={query.data} />
  return (
    <Page title={say('Data set')}>
      {query.error ? (
        <Failed error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Skeleton h={320} radius="lg" />
      )}
    </Page>
  )
}

function Loaded({ dataset }: { dataset: Dataset }) {
  const navigate = useNavigate()
  const mayChange = useMayChange(dataset.project)
  const reference = `${dataset.name}@${dataset.version}`
  return (
    <Page
      title={reference}
      lead={say('{rows} rows, {columns} columns, {format}', {
        rows: formatCount(dataset.rows),
        columns: formatCount(dataset.columns.length),
        format: dataset.format,
      })}
      actions={
        mayChange && (
          <>
            <TrainOnThis
              dataset={dataset}
              onTarget={(target) =>
                void navigate({ to: '/new', search: { dataset: reference, target, project: dataset.project } })
              }
            />
            <DatasetVerbs dataset={dataset} onDeleted={() => void navigate({ to: '/datasets' })} />
          </>
        )
      }
    >
      <Stack gap="md">
        <Profile datasetId={dataset.id} rows={dataset.rows} />
        <Preview datasetId={dataset.id} />
        <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md" style={{ alignItems: 'start' }}>
          <DatasetFacts dataset={dataset} />
          <Versions dataset={dataset} />
          <RunsUsing pinned={{ dataset: dataset.id }} />
        </SimpleGrid>
      </Stack>
    </Page>
  )
}
