import { Button, Group, Paper, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { type Icon, IconCloudOff, IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Refused } from './problem.ts'
import { say } from './words.ts'

/** Nothing here yet: what would be here, and how it comes to be. */
export function Empty({ icon: Icon, title, children }: { icon: Icon; title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={56} px="md" className="fade">
      <ThemeIcon variant="light" size={44} radius="lg" mb={4}>
        <Icon size={24} stroke={1.5} />
      </ThemeIcon>
      <Title order={2}>{title}</Title>
      <Stack align="center" gap="md" maw={520} c="dimmed" fz="sm" ta="center">
        {children}
      </Stack>
    </Stack>
  )
}

/** It could not be loaded: why, and again. */
export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <Paper p="lg" role="alert" className="fade">
      <Group wrap="nowrap" align="flex-start" gap="md">
        <IconCloudOff size={22} stroke={1.6} color="var(--hg-bad)" aria-hidden />
        <div>
          <Text fw={500}>{say('This could not be loaded')}</Text>
          <Text fz="sm" c="dimmed" mb={retry ? 'sm' : 0}>
            {error.message}
            {error instanceof Refused && error.status > 0 ? ` (${error.status})` : ''}
          </Text>
          {retry && (
            <Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} onClick={retry}>
              {say('Try again')}
            </Button>
          )}
        </div>
      </Group>
    </Paper>
  )
}

/** Rows to come, of the height that they will have. */
export function RowsToCome({ rows = 6, height = 46 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label={say('Loading')} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Group key={row} h={height} px="md" gap="xl" wrap="nowrap">
          <Skeleton h={10} w={`${34 - ((row * 7) % 16)}%`} />
          <Skeleton h={10} w="12%" />
          <Skeleton h={10} w="18%" />
        </Group>
      ))}
    </div>
  )
}
