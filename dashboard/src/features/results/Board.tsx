import { Button, Group, Paper, Text } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { say } from '#shared/words.ts'

/** TensorBoard over this run. The service leads from here to where its page is shut in, an origin without our powers. */
export function Board({ runId }: { runId: string }) {
  const address = `/v1/runs/${runId}/tensorboard/`
  return (
    <Paper style={{ overflow: 'hidden' }}>
      <Group justify="space-between" px="md" h={44} style={{ borderBottom: '1px solid var(--hg-line)' }}>
        <Text fz="sm" c="dimmed">
          {say('TensorBoard over this run’s event files')}
        </Text>
        <Button
          component="a"
          href={address}
          target="_blank"
          rel="noreferrer"
          variant="subtle"
          size="compact-sm"
          rightSection={<IconExternalLink size={14} />}
        >
          {say('Open alone')}
        </Button>
      </Group>
      <iframe
        src={address}
        title="TensorBoard"
        style={{
          display: 'block',
          width: '100%',
          height: 'max(560px, calc(100dvh - 280px))',
          border: 0,
          background: '#fff',
        }}
      />
    </Paper>
  )
}
