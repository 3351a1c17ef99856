import { Button, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconDots, IconTrash } from '@tabler/icons-react'
import type { Component } from '#client'
import { Confirm } from '#shared/Confirm.tsx'
import { say } from '#shared/words.ts'
import { useDeleteComponent } from './queries.ts'

export function ComponentVerbs({ component, onDeleted }: { component: Component; onDeleted: () => void }) {
  const [isOpen, modal] = useDisclosure()
  const remove = useDeleteComponent(component.id, onDeleted)
  const go = () =>
    remove.mutate(undefined, {
      onError: (error) =>
        notifications.show({ color: 'red', title: say('It was not deleted'), message: error.message }),
      onSettled: modal.close,
    })
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" px={9} aria-label={say('More actions')}>
            <IconDots size={17} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={modal.open}>
            {say('Delete this version')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        question={{
          title: say('Delete {name}@{version}?', { name: component.name, version: component.version }),
          body: say('Its source is removed for good. Models that were trained with it keep a copy beside them.'),
          yes: say('Delete'),
          danger: true,
        }}
        isOpen={isOpen}
        isBusy={remove.isPending}
        onClose={modal.close}
        onYes={go}
      />
    </>
  )
}
