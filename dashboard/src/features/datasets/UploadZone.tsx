import { Group, Stack, Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { say } from '#shared/words.ts'
import '@mantine/dropzone/styles.css'
import { IconFileUpload } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Dataset } from '#client'
import { datasetsKey } from '#shared/keys.ts'
import { GoOn } from './GoOn.tsx'
import { NotTaken, Sending } from './Sending.tsx'
import { begin, close, useUploading } from './uploading.ts'

type Props = { project?: string; onDone: (dataset: Dataset) => void }

/** Drop a table here; it is seen on its way, and what is wrong with it is said here, too. */
export function UploadZone({ project, onDone }: Props) {
  const cache = useQueryClient()
  const uploading = useUploading()
  const dataset = uploading?.dataset
  useEffect(() => {
    if (!dataset) return
    close()
    void cache.invalidateQueries({ queryKey: datasetsKey })
    onDone(dataset)
  })
  const isOver = uploading === null || uploading.phase === 'refused' || uploading.phase === 'done'
  return (
    <Stack gap="sm">
      {!isOver && <Sending uploading={uploading} />}
      {isOver && (
        <Dropzone
          onDrop={([dropped]) => dropped && begin(dropped, project)}
          multiple={false}
          radius="lg"
          p="lg"
          inputProps={{ 'aria-label': say('Upload a data set') }}
        >
          <Group gap="md" justify="center" mih={52} style={{ pointerEvents: 'none' }}>
            <IconFileUpload size={28} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
            <Invitation />
          </Group>
        </Dropzone>
      )}
      {uploading === null && <GoOn project={project} onDone={onDone} />}
      {uploading?.phase === 'refused' && <NotTaken uploading={uploading} />}
    </Stack>
  )
}

function Invitation() {
  return (
    <div>
      <Text fz="sm" fw={500}>
        {say('Drop a table here, or click to choose one')}
      </Text>
      <Text fz="xs" c="dimmed">
        {say('CSV, Parquet or NPZ. A known name makes its next version.')}
      </Text>
    </div>
  )
}
