import { Group, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import css from './Page.module.css'

type Props = { title: string; lead?: ReactNode; actions?: ReactNode; wide?: boolean; children: ReactNode }

/** A page: its title in the tab and at the top, its actions at the right. */
export function Page({ title, lead, actions, wide, children }: Props) {
  useDocumentTitle(`${title} · Horngate`)
  return (
    <div className={css.page} data-wide={wide}>
      <Group justify="space-between" align="flex-start" mb="lg" gap="md">
        <div className={css.head}>
          <Title order={1}>{title}</Title>
          {lead && <div className={css.lead}>{lead}</div>}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  )
}
