import { Alert, Group, Progress, Stack, Text } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { say } from '#shared/words.ts'
import '@mantine/dropzone/styles.css'
import { IconFileUpload } from '@tabler/icons-react'
import type { Dataset } from '#client'
import { formatBytes } from '#shared/numbers.ts'
import { faultsOf } from '#shared/problem.ts'
import { useUpload } from './queries.ts'

type Props = { project?: string; onDone: (dataset: Dataset) => void }

/** Drop a table here; what is wrong with it is said here, too. */
export function UploadZone({ project, onDone }: Props) {
  const sending = useUpload(project, onDone)
  const file = sending.variables
  return (
    <Stack gap="sm">
      <Dropzone
        onDrop={([dropped]) => dropped && sending.mutate(dropped)}
        multiple={false}
        disabled={sending.isPending}
        radius="lg"
        p="lg"
        inputProps={{ 'aria-label': say('Upload a data set') }}
      >
        <Group gap="md" justify="center" mih={52} style={{ pointerEvents: 'none' }}>
          <IconFileUpload size={28} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
          {sending.isPending && file ? <Sending file={file} share={sending.share} /> : <Invitation />}
        </Group>
      </Dropzone>
      {sending.error && (
        <Alert
          color="red"
          variant="light"
          role="alert"
          title={say('{name} was not taken', { name: file?.name ?? say('The file') })}
          withCloseButton
          onClose={sending.reset}
        >
          {sending.error.message}
          <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
            {faultsOf(sending.error).map((fault) => (
              <li key={fault.pointer + fault.message}>{fault.message}</li>
            ))}
          </ul>
        </Alert>
      )}
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

function Sending({ file, share }: { file: File; share: number }) {
  return (
    <div style={{ width: 320 }} role="status">
      <Group justify="space-between">
        <Text fz="sm" fw={500} className="ellipsis" maw={200}>
          {file.name}
        </Text>
        <Text fz="xs" c="dimmed" className="numbers">
          {share < 1
            ? say('{share} % of {size}', { share: Math.round(share * 100), size: formatBytes(file.size) })
            : say('Reading it…')}
        </Text>
      </Group>
      <Progress value={share * 100} size="sm" mt={6} animated={share >= 1} aria-label={say('Upload')} />
    </div>
  )
}
