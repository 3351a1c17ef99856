import { Button, FileButton, Group, Paper, Text } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Dataset } from '#client'
import { formatBytes } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import { uploadQuery, useComplete, useForget } from './queries.ts'
import { forget, remembered } from './remembered.ts'
import { begin } from './uploading.ts'

const SHOWN = { size: 'compact-sm', variant: 'default' } as const

/** What was begun before the page was read anew. The browser gives a file only to whoever chooses it again. */
export function GoOn({ project, onDone }: { project?: string; onDone: (dataset: Dataset) => void }) {
  const [kept, setKept] = useState(remembered)
  const { data: upload, error } = useQuery({ ...uploadQuery(kept?.id ?? ''), enabled: kept !== null })
  const drop = useForget(() => {
    forget()
    setKept(null)
  })
  const complete = useComplete((dataset) => {
    forget()
    onDone(dataset)
  })
  if (!kept || !upload || error || upload.dataset || kept.project !== project) return null
  const isAllThere = upload.received.length === upload.parts
  const there = say('{sent} of {size}', { sent: formatBytes(upload.received_bytes), size: formatBytes(upload.bytes) })
  return (
    <Paper p="md" component="section" aria-label={say('Unfinished upload')} className="fade">
      <Group gap="md" wrap="nowrap" justify="space-between">
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
          <IconHistory size={20} stroke={1.6} color="var(--mantine-color-dimmed)" aria-hidden />
          <div style={{ minWidth: 0 }}>
            <Text fz="sm" fw={500} className="ellipsis">
              {upload.filename}
            </Text>
            <Text fz="xs" c="dimmed">
              {complete.error?.message ??
                (isAllThere
                  ? say('All of it has come, and was not read yet.')
                  : say('{there} has come. Choose the file again, and the rest is sent.', { there }))}
            </Text>
          </div>
        </Group>
        <Group gap={6} wrap="nowrap">
          {isAllThere ? (
            <Button {...SHOWN} loading={complete.isPending} onClick={() => complete.mutate(kept.id)}>
              {say('Go on')}
            </Button>
          ) : (
            <FileButton
              onChange={(file) => file && begin(file, project)}
              inputProps={{ 'aria-label': say('The file to go on with') }}
            >
              {(props) => (
                <Button {...props} {...SHOWN}>
                  {say('Choose it')}
                </Button>
              )}
            </FileButton>
          )}
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            loading={drop.isPending}
            onClick={() => drop.mutate(kept.id)}
          >
            {say('Forget it')}
          </Button>
        </Group>
      </Group>
    </Paper>
  )
}
