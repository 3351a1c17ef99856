import { Chip, Group } from '@mantine/core'
import type { ReactNode, RefObject } from 'react'
import { type RunStatus, STATUSES, statusWord } from '#shared/Status.tsx'
import { QueryInput } from './QueryInput.tsx'
import { readQuery, statusesOf, withStatuses, writeQuery } from './query.ts'

type Props = {
  text: string
  onText: (text: string) => void
  field: RefObject<HTMLInputElement | null>
  children?: ReactNode
}

/** The query, its statuses as switches, and what else there is to choose about the list. */
export function RunFilters({ text, onText, field, children }: Props) {
  const query = readQuery(text)
  return (
    <Group gap="sm" mb="md" role="search">
      <QueryInput text={text} onText={onText} field={field} />
      <Chip.Group
        multiple
        value={statusesOf(query)}
        onChange={(chosen) => onText(writeQuery(withStatuses(query, chosen as RunStatus[])))}
      >
        <Group gap={6}>
          {STATUSES.map((status) => (
            <Chip key={status} value={status} size="xs" variant="light">
              {statusWord(status)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Group gap={6} ml="auto">
        {children}
      </Group>
    </Group>
  )
}
