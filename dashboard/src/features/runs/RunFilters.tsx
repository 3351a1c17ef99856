import { Chip, Group, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type RunStatus, STATUSES, statusWord } from '#shared/Status.tsx'

type Props = {
  statuses: RunStatus[]
  name: string
  onStatuses: (statuses: RunStatus[]) => void
  onName: (name: string) => void
}

export function RunFilters({ statuses, name, onStatuses, onName }: Props) {
  return (
    <Group gap="sm" mb="md" role="search">
      <TextInput
        aria-label="Search by name"
        placeholder="Search by name"
        leftSection={<IconSearch size={15} />}
        size="xs"
        w={220}
        value={name}
        onChange={(event) => onName(event.currentTarget.value)}
      />
      <Chip.Group multiple value={statuses} onChange={(chosen) => onStatuses(chosen as RunStatus[])}>
        <Group gap={6}>
          {STATUSES.map((status) => (
            <Chip key={status} value={status} size="xs" variant="light">
              {statusWord(status)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Group>
  )
}
