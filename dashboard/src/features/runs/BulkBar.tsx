import { Button, CloseButton, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import type { RunListed } from '#client'
import { Confirm, type Question } from '#shared/Confirm.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say, sayMany } from '#shared/words.ts'
import css from './BulkBar.module.css'
import { type BulkVerb, useBulk } from './queries.ts'

type Choice = {
  verb: BulkVerb
  word: string
  fits: (run: RunListed) => boolean
  question?: (count: string) => Question
}

const isAsked = (run: RunListed, wanted: RunListed['wanted']) => !isFinal(run.status) && run.wanted === wanted

const CHOICES: Choice[] = [
  { verb: 'pause', word: say('Pause'), fits: (run) => isAsked(run, 'run') },
  { verb: 'resume', word: say('Resume'), fits: (run) => isAsked(run, 'pause') },
  {
    verb: 'stop',
    word: say('Stop'),
    fits: (run) => run.status === 'running' && run.wanted !== 'stop',
    question: (count) => ({
      title: say('Stop {count}?', { count }),
      body: say('They end early and keep their work: the best weights are evaluated and exported.'),
      yes: say('Stop and keep'),
      danger: false,
    }),
  },
  {
    verb: 'cancel',
    word: say('Cancel'),
    fits: (run) => !isFinal(run.status),
    question: (count) => ({
      title: say('Cancel {count}?', { count }),
      body: say('They end at once. Nothing is evaluated or exported; checkpoints stay until the run is deleted.'),
      yes: say('Cancel them'),
      danger: true,
    }),
  },
  {
    verb: 'delete',
    word: say('Delete'),
    fits: (run) => isFinal(run.status),
    question: (count) => ({
      title: say('Delete {count}?', { count }),
      body: say('Their curves, logs, checkpoints and artifacts are removed for good.'),
      yes: say('Delete'),
      danger: true,
    }),
  },
]

type Props = { chosen: RunListed[]; mayChange: boolean; onClear: () => void; onCompare: () => void }

/** What can be done with the runs that are ticked; each verb says how many of them it fits. */
export function BulkBar({ chosen, mayChange, onClear, onCompare }: Props) {
  const [asked, setAsked] = useState<Choice | undefined>()
  const [isOpen, modal] = useDisclosure()
  const bulk = useBulk()
  const fitting = (choice: Choice) => chosen.filter(choice.fits).map(({ id }) => id)
  const go = (choice: Choice) =>
    bulk.mutate(
      { verb: choice.verb, ids: fitting(choice) },
      {
        onSuccess: (refusals) => {
          const [first] = refusals
          if (first)
            notifications.show({
              color: 'red',
              title: say('{runs} refused', { runs: sayMany(refusals.length, '{n} run', '{n} runs') }),
              message: first.message,
            })
          if (choice.verb === 'delete') onClear()
        },
        onSettled: modal.close,
      },
    )
  const choose = (choice: Choice) => {
    if (!choice.question) return go(choice)
    setAsked(choice)
    modal.open()
  }
  const question = asked?.question?.(sayMany(fitting(asked).length, '{n} run', '{n} runs'))
  return (
    <div className={css.bar} role="toolbar" aria-label={say('With the chosen runs')}>
      <Text fz="sm" fw={500} className="numbers">
        {sayMany(chosen.length, '{n} run', '{n} runs')}
      </Text>
      <Group gap={6}>
        <Button size="xs" disabled={chosen.length < 2} onClick={onCompare}>
          {say('Compare')}
        </Button>
        {mayChange &&
          CHOICES.filter((choice) => fitting(choice).length > 0).map((choice) => (
            <Button
              key={choice.verb}
              size="xs"
              variant="default"
              loading={bulk.isPending && bulk.variables.verb === choice.verb}
              onClick={() => choose(choice)}
            >
              {choice.word}
              {fitting(choice).length < chosen.length && <span className={css.count}>{fitting(choice).length}</span>}
            </Button>
          ))}
      </Group>
      <CloseButton size="sm" ml="auto" aria-label={say('Choose none')} onClick={onClear} />
      {question && asked && (
        <Confirm
          question={question}
          isOpen={isOpen}
          isBusy={bulk.isPending}
          onClose={modal.close}
          onYes={() => go(asked)}
        />
      )}
    </div>
  )
}
