import { Button, Group, Popover, Select, Stack, Text } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useState } from 'react'
import type { Dataset } from '#client'
import { say } from '#shared/words.ts'

/** Which column shall be predicted? The rest is guessed, shown, and editable. */
export function TrainOnThis({ dataset, onTarget }: { dataset: Dataset; onTarget: (target: string) => void }) {
  const names = dataset.columns.map((column) => column.name)
  const [target, setTarget] = useState<string | null>(names.at(-1) ?? null)
  return (
    <Popover position="bottom-end" width={320} shadow="md" radius="lg" trapFocus>
      <Popover.Target>
        <Button leftSection={<IconPlayerPlay size={16} />}>{say('Train on this')}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text fz="sm" c="dimmed">
            {say(
              'Which column should be predicted? A sound spec is made from the rest; you see it before anything is trained.',
            )}
          </Text>
          <Select
            label={say('Target')}
            data={names}
            value={target}
            onChange={setTarget}
            searchable
            openOnFocus={false}
            comboboxProps={{ withinPortal: false }}
          />
          <Group justify="flex-end">
            <Button disabled={!target} onClick={() => target && onTarget(target)}>
              {say('Make a spec')}
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
