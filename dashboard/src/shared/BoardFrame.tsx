import { Button, Group, Paper, Text } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { say } from '#shared/words.ts'

/** A TensorBoard in the page. The service leads from its address to where it is shut in, an origin without our powers. */
export function BoardFrame({ address, about }: { address: string; about: string }) {
  return (
    <Paper style={{ overflow: 'hidden' }}>
      <Group justify="space-between" px="md" h={44} style={{ borderBottom: '1px solid var(--hg-line)' }} wrap="nowrap">
        <Text fz="sm" c="dimmed" className="ellipsis">
          {about}
        </Text>
        <Button
          component="a"
          href={address}
          target="_blank"
          rel="noreferrer"
          variant="subtle"
          size="compact-sm"
          style={{ flexShrink: 0 }}
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
