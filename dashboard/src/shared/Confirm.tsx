import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { say } from './words.ts'

export type Question = { title: string; body: string; yes: string; danger: boolean }
type Props = { question: Question; isOpen: boolean; isBusy: boolean; onClose: () => void; onYes: () => void }

/** Asks before something is lost, and says what. */
export function Confirm({ question, isOpen, isBusy, onClose, onYes }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={question.title}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': say('Close') }}
    >
      <Stack>
        <Text fz="sm" c="dimmed">
          {question.body}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={question.danger || undefined}>
            {say('Leave it')}
          </Button>
          <Button
            color={question.danger ? 'red' : undefined}
            loading={isBusy}
            onClick={onYes}
            data-autofocus={!question.danger || undefined}
          >
            {question.yes}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
