import { Stack } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { DatasetsList } from '#features/datasets/DatasetsList.tsx'
import { UploadZone } from '#features/datasets/UploadZone.tsx'
import { Page } from '#shared/Page.tsx'

export function DatasetsPage() {
  const navigate = useNavigate()
  return (
    <Page title="Data">
      <Stack gap="md">
        <UploadZone onDone={({ id }) => void navigate({ to: '/datasets/$datasetId', params: { datasetId: id } })} />
        <DatasetsList />
      </Stack>
    </Page>
  )
}
