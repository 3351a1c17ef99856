import { Alert, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconArrowsShuffle, IconSparkles } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import type { Preview, Run } from '#client'
import { Code } from '#shared/Code.tsx'
import { faultsOf } from '#shared/problem.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { Answer } from './Answer.tsx'
import { FieldInput } from './FieldInput.tsx'
import { exampleOf, type Field, faultsByField, instanceOf } from './fields.ts'
import { usePredict } from './queries.ts'

type Props = { run: Run; fields: Field[]; preview: Preview | undefined; title?: string; hint?: string }

const RAW = say('Raw values as they stand in the table: the model scales, fills gaps and looks words up by itself.')

export function PredictForm({ run, fields, preview, title = say('A raw row'), hint = RAW }: Props) {
  const [row, setRow] = useState(0)
  const [values, setValues] = useState(() => exampleOf(fields, preview, 0))
  const ask = usePredict(run.id)
  const faults = faultsByField(faultsOf(ask.error))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate(instanceOf(fields, values))
  }
  const another = () => {
    setValues(exampleOf(fields, preview, row + 1))
    setRow(row + 1)
    ask.reset()
  }
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
      <Section
        title={title}
        aside={
          preview && (
            <Button variant="subtle" size="compact-xs" leftSection={<IconArrowsShuffle size={14} />} onClick={another}>
              {say('Another example')}
            </Button>
          )
        }
      >
        <form onSubmit={submit} noValidate>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm">
            {fields.map((field) => (
              <FieldInput
                key={field.name}
                field={field}
                value={values[field.name] ?? ''}
                error={faults.get(field.name)}
                onChange={(value) => setValues({ ...values, [field.name]: value })}
              />
            ))}
          </SimpleGrid>
          <Group mt="md">
            <Button type="submit" loading={ask.isPending} leftSection={<IconSparkles size={16} />}>
              {say('Predict')}
            </Button>
          </Group>
        </form>
      </Section>
      <Stack gap="md">
        <Section title={say('Prediction')}>
          {ask.error && faults.size === 0 && (
            <Alert color="red" variant="light" role="alert">
              {[ask.error.message, ...faultsOf(ask.error).map((fault) => fault.message)].join(' ')}
            </Alert>
          )}
          {ask.data ? (
            <Answer prediction={ask.data.prediction} milliseconds={ask.data.milliseconds} />
          ) : (
            !ask.error && <Nothing hint={hint} />
          )}
          {faults.size > 0 && <Text fz="sm">{ask.error?.message}</Text>}
        </Section>
        <Section title={say('The same from a shell')}>
          <Code text={curl(run.id, instanceOf(fields, values))} wrap />
        </Section>
      </Stack>
    </SimpleGrid>
  )
}

function Nothing({ hint }: { hint: string }) {
  return (
    <Text fz="sm" c="dimmed">
      {hint}
    </Text>
  )
}

function curl(runId: string, instance: Record<string, unknown>): string {
  const body = JSON.stringify({ instances: [instance] }).replaceAll("'", "'\\''")
  return [
    `curl ${window.location.origin}/v1/runs/${runId}:predict \\`,
    '  -H "Authorization: Bearer $HORNGATE_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${body}'`,
  ].join('\n')
}
