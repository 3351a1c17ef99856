import { Button, Checkbox, Popover, ScrollArea, Stack, Text } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import type { RunListed } from '#client'
import { say } from '#shared/words.ts'
import { columnChoices, columnWord, USUAL } from './columns.ts'

type Props = { runs: RunListed[]; columns: readonly string[]; onColumns: (columns: readonly string[]) => void }

/** Which columns the list has: fixed ones, and every score, tag and parameter of the runs in it. */
export function ColumnsMenu({ runs, columns, onColumns }: Props) {
  const toggle = (column: string, isOn: boolean) =>
    onColumns(isOn ? [...columns, column] : columns.filter((one) => one !== column))
  return (
    <Popover position="bottom-end" shadow="md" width={260} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconColumns3 size={15} />}>
          {say('Columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={say('Columns')}>
        <ScrollArea.Autosize mah={380} p="sm" type="auto">
          <Stack gap="md">
            {columnChoices(runs).map((choice) => (
              <Stack key={choice.group} gap={7} role="group" aria-label={choice.group}>
                <Text fz={11} fw={600} c="dimmed">
                  {choice.group}
                </Text>
                {choice.columns.map((column) => (
                  <Checkbox
                    key={column}
                    size="xs"
                    label={columnWord(column)}
                    checked={columns.includes(column)}
                    onChange={(event) => toggle(column, event.currentTarget.checked)}
                  />
                ))}
              </Stack>
            ))}
            <Button variant="subtle" size="compact-xs" onClick={() => onColumns(USUAL)}>
              {say('As usual')}
            </Button>
          </Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  )
}
