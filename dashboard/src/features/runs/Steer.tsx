import { Alert, Button, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Run } from '#client'
import { say } from '#shared/words.ts'
import { useSteer } from './queries.ts'

type Props = { run: Run; isOpen: boolean; onClose: () => void }

/** What may be changed while it trains; left empty, a thing stays as it is. */
export function Steer({ run, isOpen, onClose }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={say('Change it under way')}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': say('Close') }}
    >
      {isOpen && <Changes run={run} onClose={onClose} />}
    </Modal>
  )
}

function Changes({ run, onClose }: { run: Run; onClose: () => void }) {
  const [rate, setRate] = useState('')
  const [patience, setPatience] = useState<number | null>(null)
  const [epochs, setEpochs] = useState<number | null>(null)
  const steer = useSteer(run.id)
  const learningRate = Number(rate)
  const isRate = rate.trim() !== ''
  const isWrong = isRate && !(learningRate >= 0 && Number.isFinite(learningRate))
  const stops = 'fit.early_stopping.patience' in run.parameters
  const send = (event: FormEvent) => {
    event.preventDefault()
    const changes = {
      ...(isRate ? { learning_rate: learningRate } : {}),
      ...(patience === null ? {} : { patience }),
      ...(epochs === null ? {} : { epochs }),
    }
    if (Object.keys(changes).length > 0 && !isWrong) steer.mutate(changes, { onSuccess: onClose })
  }
  return (
    <form onSubmit={send}>
      <Stack gap="sm">
        <Text fz="sm" c="dimmed">
          {say('It takes hold at the next batch, and stands as a mark on the curves. What you leave empty stays.')}
        </Text>
        <TextInput
          label={say('Learning rate')}
          placeholder={placeholder(run, 'compile.optimizer.learning_rate')}
          inputMode="decimal"
          value={rate}
          error={isWrong ? say('A number, 0 or more') : undefined}
          onChange={(event) => setRate(event.currentTarget.value)}
          data-autofocus
        />
        {stops && (
          <NumberInput
            label={say('Patience')}
            description={say('Epochs without progress before it stops')}
            placeholder={placeholder(run, 'fit.early_stopping.patience')}
            min={0}
            allowDecimal={false}
            onChange={(value) => setPatience(typeof value === 'number' ? value : null)}
          />
        )}
        <NumberInput
          label={say('Epochs in all')}
          placeholder={placeholder(run, 'fit.epochs')}
          min={1}
          allowDecimal={false}
          onChange={(value) => setEpochs(typeof value === 'number' ? value : null)}
        />
        {steer.error && (
          <Alert color="red" variant="light" role="alert">
            {steer.error.message}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {say('Leave it')}
          </Button>
          <Button type="submit" loading={steer.isPending}>
            {say('Change')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function placeholder(run: Run, path: string): string {
  const changed = run.live?.[path.split('.').at(-1) ?? path]
  return String(changed ?? run.parameters[path] ?? '')
}
