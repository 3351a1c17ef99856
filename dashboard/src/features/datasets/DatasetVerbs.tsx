import { Button, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconDots, IconTrash } from '@tabler/icons-react'
import type { Dataset } from '#client'
import { Confirm } from '#shared/Confirm.tsx'
import { say } from '#shared/words.ts'
import { useDeleteDataset } from './queries.ts'

export function DatasetVerbs({ dataset, onDeleted }: { dataset: Dataset; onDeleted: () => void }) {
  const [isOpen, modal] = useDisclosure()
  const remove = useDeleteDataset(dataset.id, onDeleted)
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
          title: say('Delete {name}@{version}?', { name: dataset.name, version: dataset.version }),
          body: say(
            'Its rows are removed for good. Runs that were trained on it keep their models and curves, but cannot be repeated.',
          ),
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
