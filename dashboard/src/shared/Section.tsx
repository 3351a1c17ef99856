import { Group, Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Wide } from './Wide.tsx'

type Props = { title?: ReactNode; aside?: ReactNode; flush?: boolean; children: ReactNode }

/** A titled card; `flush` lets a table reach its edges. */
export function Section({ title, aside, flush, children }: Props) {
  return (
    <Paper component="section" style={{ overflow: 'hidden' }}>
      {title && (
        <Group justify="space-between" px="md" h={44} style={{ borderBottom: '1px solid var(--hg-line)' }}>
          <Text component="h2" fw={600} fz="sm" m={0}>
            {title}
          </Text>
          {aside}
        </Group>
      )}
      {flush ? <Wide>{children}</Wide> : <div style={{ padding: 16 }}>{children}</div>}
    </Paper>
  )
}
