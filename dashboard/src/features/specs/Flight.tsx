import { Alert, Button, Group, Text } from '@mantine/core'
import { IconTestPipe } from '@tabler/icons-react'
import { formatBytes } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { formatSpan } from '#shared/time.ts'
import { say, sayMany, sayWord } from '#shared/words.ts'
import { usePreflight } from './queries.ts'

/** A try in small, before anything is queued: one batch of each part, and what all of it would take. */
export function Flight({ text, isSound }: { text: string; isSound: boolean }) {
  const flight = usePreflight()
  const isOfThis = flight.variables === text
  const found = isOfThis ? flight.data : undefined
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTestPipe size={16} />}
        disabled={!isSound}
        loading={flight.isPending}
        onClick={() => flight.mutate(text)}
      >
        {say('Try in small')}
      </Button>
      {isOfThis && flight.error && (
        <Alert color="red" variant="light" role="alert" w="100%">
          {flight.error.message}
        </Alert>
      )}
      {found && (
        <div style={{ width: '100%' }} data-flight="done">
          <Section title={say('It works in small')}>
            <Group gap="xl">
              {found.estimate && (
                <>
                  <Fact word={say('Time, about')} value={formatSpan(found.estimate.seconds)} />
                  <Fact word={say('Memory')} value={formatBytes(found.estimate.memory_bytes)} />
                  <Fact
                    word={say('Steps')}
                    value={`${found.estimate.steps} × ${sayMany(found.estimate.epochs, '{n} epoch', '{n} epochs')}, ${found.estimate.step_ms.toPrecision(2)} ms`}
                  />
                </>
              )}
              <Fact word={say('Tried')} value={found.steps.map((step) => sayWord(step.name)).join(', ')} />
            </Group>
          </Section>
        </div>
      )}
    </>
  )
}

function Fact({ word, value }: { word: string; value: string }) {
  return (
    <div>
      <Text fz={12} c="dimmed">
        {word}
      </Text>
      <Text fz="sm" fw={500} className="numbers">
        {value}
      </Text>
    </div>
  )
}
