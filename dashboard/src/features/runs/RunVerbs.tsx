import { Button, Group, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import {
  IconAdjustments,
  IconBan,
  IconDots,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { Run } from '#client'
import { Confirm, type Question } from '#shared/Confirm.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { useDeleteRun, useVerb } from './queries.ts'
import { Steer } from './Steer.tsx'

type Asked = 'stop' | 'cancel' | 'delete'

const QUESTIONS: Record<Asked, Question> = {
  stop: {
    title: say('Stop after this batch?'),
    body: say(
      'The training ends early and keeps its work: the best weights are evaluated and exported, and the run counts as succeeded.',
    ),
    yes: say('Stop and keep'),
    danger: false,
  },
  cancel: {
    title: say('Cancel this run?'),
    body: say('It ends at once. Nothing is evaluated or exported; its checkpoints stay until the run is deleted.'),
    yes: say('Cancel the run'),
    danger: true,
  },
  delete: {
    title: say('Delete this run?'),
    body: say('Its curves, log, checkpoints and artifacts are removed for good.'),
    yes: say('Delete'),
    danger: true,
  },
}

/** What loses or ends something asks first, and says what is kept; a pause and its end do not. */
export function RunVerbs({ run, children, onDeleted }: { run: Run; children?: ReactNode; onDeleted: () => void }) {
  const [asked, setAsked] = useState<Asked>('stop')
  const [isOpen, modal] = useDisclosure()
  const [isSteering, steering] = useDisclosure()
  const verbs = {
    stop: useVerb(run.id, 'stop'),
    cancel: useVerb(run.id, 'cancel'),
    delete: useDeleteRun(run.id, onDeleted),
  }
  const pause = useVerb(run.id, 'pause')
  const resume = useVerb(run.id, 'resume')
  const complain = (error: Error) =>
    notifications.show({ color: 'red', title: say('That did not work'), message: error.message })
  const ask = (verb: Asked) => {
    setAsked(verb)
    modal.open()
  }
  const go = () =>
    verbs[asked].mutate(undefined, {
      onError: complain,
      onSettled: modal.close,
    })
  const isOver = isFinal(run.status)
  return (
    <Group gap="xs" wrap="nowrap">
      {children}
      {!isOver && run.wanted === 'run' && (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} />}
          loading={pause.isPending}
          onClick={() => pause.mutate(undefined, { onError: complain })}
        >
          {say('Pause')}
        </Button>
      )}
      {!isOver && run.wanted === 'pause' && (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          loading={resume.isPending}
          onClick={() => resume.mutate(undefined, { onError: complain })}
        >
          {say('Resume')}
        </Button>
      )}
      {!isOver && run.status === 'running' && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={16} />}
          disabled={run.wanted === 'stop' || run.wanted === 'cancel'}
          onClick={() => ask('stop')}
        >
          {say('Stop')}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" px={9} aria-label={say('More actions')}>
            <IconDots size={17} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {run.status === 'running' && (
            <Menu.Item leftSection={<IconAdjustments size={15} />} onClick={steering.open}>
              {say('Change it under way')}
            </Menu.Item>
          )}
          {!isOver && (
            <Menu.Item
              leftSection={<IconBan size={15} />}
              disabled={run.wanted === 'cancel'}
              onClick={() => ask('cancel')}
            >
              {say('Cancel the run')}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} disabled={!isOver} onClick={() => ask('delete')}>
            {say('Delete the run')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Steer run={run} isOpen={isSteering} onClose={steering.close} />
      <Confirm
        question={QUESTIONS[asked]}
        isOpen={isOpen}
        isBusy={verbs[asked].isPending}
        onClose={modal.close}
        onYes={go}
      />
    </Group>
  )
}
