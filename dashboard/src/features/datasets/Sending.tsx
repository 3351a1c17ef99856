import { Alert, Button, Group, Paper, Progress, Text } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react'
import { formatBytes } from '#shared/numbers.ts'
import { faultsOf } from '#shared/problem.ts'
import { formatSpan } from '#shared/time.ts'
import { say } from '#shared/words.ts'
import { cancelUpload, close, goOn, pauseUpload, type Uploading } from './uploading.ts'

/** A file on its way: how far, how fast, how long still; it can be held, and let go. */
export function Sending({ uploading }: { uploading: Uploading }) {
  const { phase, file, share, sent } = uploading
  const done = phase === 'hashing' ? share : sent / Math.max(1, file.size)
  const color = phase === 'broken' || uploading.waits !== null ? 'red' : phase === 'paused' ? 'gray' : undefined
  return (
    <Paper p="md" mih={94} aria-label={say('Upload')} component="section">
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text fz="sm" fw={500} className="ellipsis">
          {file.name}
        </Text>
        <Group gap={6} wrap="nowrap">
          <Verb uploading={uploading} />
          {(phase !== 'reading' || uploading.waits !== null) && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={<IconX size={14} />}
              onClick={cancelUpload}
            >
              {say('Cancel')}
            </Button>
          )}
        </Group>
      </Group>
      <Progress
        value={phase === 'reading' ? 100 : done * 100}
        color={color}
        size="sm"
        my={8}
        animated={phase === 'reading'}
        aria-label={say('Upload')}
      />
      <Text fz="xs" c="dimmed" className="numbers" role="status">
        {wordsOf(uploading)}
      </Text>
      {phase === 'broken' && (
        <Text fz="xs" c="var(--hg-bad)" role="alert">
          {say('The connection is broken: {why} What has come stays there.', { why: uploading.error?.message })}
        </Text>
      )}
    </Paper>
  )
}

function Verb({ uploading: { phase, waits } }: { uploading: Uploading }) {
  const shown = { size: 'compact-sm', variant: 'default' } as const
  if (phase === 'sending' && waits === null) {
    return (
      <Button {...shown} leftSection={<IconPlayerPause size={14} />} onClick={pauseUpload}>
        {say('Pause')}
      </Button>
    )
  }
  if (phase === 'paused') {
    return (
      <Button {...shown} leftSection={<IconPlayerPlay size={14} />} onClick={goOn}>
        {say('Go on')}
      </Button>
    )
  }
  if (phase === 'broken' || waits !== null) {
    return (
      <Button {...shown} leftSection={<IconRefresh size={14} />} onClick={goOn}>
        {say('Try again')}
      </Button>
    )
  }
  return null
}

function wordsOf({ phase, file, share, sent, rate, waits }: Uploading): string {
  const size = formatBytes(file.size)
  const there = say('{sent} of {size}', { sent: formatBytes(sent), size })
  if (waits !== null) return say('{there} · no answer, trying again within {span}', { there, span: formatSpan(waits) })
  if (phase === 'hashing')
    return say('{share} % of {size} read, to know what is there', { share: percent(share), size })
  if (phase === 'reading') return say('All of it is there; the service reads it…')
  if (phase === 'paused') return say('{there} · held', { there })
  if (phase === 'broken' || !rate) return there
  const left = formatSpan((file.size - sent) / rate)
  return say('{there} · {rate}/s · {left} left', { there, rate: formatBytes(rate), left })
}

function percent(share: number): number {
  return Math.round(share * 100)
}

/** Why the service did not want it; all of that, at once. */
export function NotTaken({ uploading: { file, error } }: { uploading: Uploading }) {
  const faults = faultsOf(error).filter((fault) => fault.message !== error?.message)
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      title={say('{name} was not taken', { name: file.name })}
      withCloseButton
      closeButtonLabel={say('Close')}
      onClose={close}
    >
      {error?.message}
      {faults.length > 0 && (
        <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
          {faults.map((fault) => (
            <li key={fault.pointer + fault.message}>{fault.message}</li>
          ))}
        </ul>
      )}
    </Alert>
  )
}
