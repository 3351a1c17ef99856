import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDisclosure, useLocalStorage } from '@mantine/hooks'
import { IconBookmark, IconX } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { say } from '#shared/words.ts'
import css from './ViewsMenu.module.css'

export type View = { q?: string; sort?: string; columns?: string; group?: string; closed?: string }
type Named = { name: string; view: View }

/** Views that one comes back to: a name for what stands in the address. They are kept in this browser. */
export function ViewsMenu({ view, onView }: { view: View; onView: (view: View) => void }) {
  const [views, setViews] = useLocalStorage<Named[]>({ key: 'hg-views', defaultValue: [] })
  const [name, setName] = useState('')
  const [isOpen, popover] = useDisclosure()
  const save = (event: FormEvent) => {
    event.preventDefault()
    const given = name.trim()
    if (!given) return
    setViews([...views.filter((one) => one.name !== given), { name: given, view }])
    setName('')
  }
  const show = (chosen: View) => {
    onView(chosen)
    popover.close()
  }
  return (
    <Popover
      position="bottom-end"
      shadow="md"
      width={270}
      trapFocus
      returnFocus
      opened={isOpen}
      onChange={popover.toggle}
    >
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconBookmark size={15} />} onClick={popover.toggle}>
          {say('Views')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={say('Saved views')}>
        <Stack gap={6}>
          {views.length === 0 && (
            <Text fz="xs" c="dimmed">
              {say(
                'A view is the query, sort and columns that you see now, under a name. The address holds it too: send it to whom you like.',
              )}
            </Text>
          )}
          {views.map((one) => (
            <Group key={one.name} gap={4} wrap="nowrap">
              <UnstyledButton className={css.view} onClick={() => show(one.view)}>
                {one.name}
                <small>{one.view.q || say('all runs')}</small>
              </UnstyledButton>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={say('Forget {name}', { name: one.name })}
                onClick={() => setViews(views.filter(({ name }) => name !== one.name))}
              >
                <IconX size={13} />
              </ActionIcon>
            </Group>
          ))}
          <form onSubmit={save}>
            <Group gap={6} wrap="nowrap">
              <TextInput
                size="xs"
                aria-label={say('Name of this view')}
                placeholder={say('Name of this view')}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                style={{ flex: 1 }}
              />
              <Button type="submit" size="xs" variant="light" disabled={!name.trim()}>
                {say('Save')}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
