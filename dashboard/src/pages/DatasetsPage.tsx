import { Stack } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { DatasetsList } from '#features/datasets/DatasetsList.tsx'
import { UploadZone } from '#features/datasets/UploadZone.tsx'
import { usePlace } from '#features/session/place.ts'
import { Page } from '#shared/Page.tsx'
import { say } from '#shared/words.ts'

export function DatasetsPage() {
  const navigate = useNavigate()
  const { asked, mayChange } = usePlace()
  return (
    <Page title={say('Data')}>
      <Stack gap="md">
        {mayChange && (
          <UploadZone
            project={asked}
            onDone={({ id }) => void navigate({ to: '/datasets/$datasetId', params: { datasetId: id } })}
          />
        )}
        <DatasetsList project={asked} />
      </Stack>
    </Page>
  )
}
