import { Button, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconDots, IconTrash } from '@tabler/icons-react'
import type { UseMutationResult } from '@tanstack/react-query'
import { Confirm } from './Confirm.tsx'
import { say } from './words.ts'

type Props = {
  of: { name: string; version: number }
  /** What is lost with it. */
  loss: string
  remove: UseMutationResult<unknown, Error, void>
}

/** The menu of a version that can be deleted: asks first, and says where it could not be. */
export function DeleteVersion({ of: { name, version }, loss, remove }: Props) {
  const [isOpen, modal] = useDisclosure()
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
          title: say('Delete {name}@{version}?', { name, version }),
          body: loss,
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
