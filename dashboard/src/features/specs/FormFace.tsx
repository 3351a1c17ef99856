import { NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Summary } from '#client'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { argumentOf, readCall, withArgument, writeCall } from './call.ts'
import { catalogQuery, namesOf } from './catalog.ts'
import { edit, editLoss, type Form, type Path, readForm } from './document.ts'
import type { Placed } from './faults.ts'
import { LayersForm } from './LayersForm.tsx'

type Props = {
  text: string
  datasets: string[]
  summary: Summary | null | undefined
  placed: Placed[]
  onText: (text: string) => void
}

/** The spec as a form: what most runs are about. All else stays in the text as it is. */
export function FormFace({ text, datasets, summary, placed, onText }: Props) {
  const form = readForm(text)
  if (!form) {
    return (
      <Section title={say('No form of this')}>
        <Text fz="sm" m={0}>
          {say('The text is no YAML at the moment. Mend it under Text: the faults beside it lead to their lines.')}
        </Text>
      </Section>
    )
  }
  const put = (path: Path) => (value: unknown) => onText(edit(text, path, value))
  return (
    <Stack gap="md">
      <Section title={say('Model')}>
        {form.layers ? (
          <LayersForm layers={form.layers} text={text} summary={summary} placed={placed} onText={onText} />
        ) : (
          <Text fz="sm" c="dimmed" m={0}>
            {say('A model of kind “{kind}” is written as text; the graph beside it shows what it becomes.', {
              kind: form.kind,
            })}
          </Text>
        )}
      </Section>
      <Section title={say('Training')}>
        <Training form={form} datasets={datasets} text={text} onText={onText} put={put} />
      </Section>
    </Stack>
  )
}

type TrainingProps = {
  form: Form
  datasets: string[]
  text: string
  onText: (text: string) => void
  put: (path: Path) => (value: unknown) => void
}

function Training({ form, datasets, text, onText, put }: TrainingProps) {
  const { data: catalog } = useQuery(catalogQuery)
  const losses = Object.keys(catalog?.families.loss ?? {})
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, xl: 3 }} spacing="md">
      <NameInput value={form.name} onName={put(['name'])} />
      {form.dataset !== null && (
        <Select
          size="xs"
          label={say('Data set')}
          description={say('What it learns from')}
          data={[...new Set([form.dataset, ...datasets])]}
          value={form.dataset}
          onChange={put(['dataset'])}
          searchable
          allowDeselect={false}
        />
      )}
      <OptimizerInputs form={form} onOptimizer={put(['compile', 'optimizer'])} />
      {form.loss !== null && (
        <Select
          size="xs"
          label={say('Loss')}
          description={say('What it learns to make small')}
          data={losses.includes(form.loss) ? losses : [form.loss, ...losses]}
          value={form.loss}
          onChange={(loss) => loss && onText(editLoss(text, loss))}
          searchable
          allowDeselect={false}
        />
      )}
      <Count
        label={say('Epochs')}
        about={say('How often it sees all rows, at most')}
        value={form.epochs}
        onCount={put(['fit', 'epochs'])}
      />
      <Count
        label={say('Batch size')}
        about={say('Rows in one step')}
        usual="32"
        value={form.batchSize}
        onCount={put(['fit', 'batch_size'])}
      />
      <Count
        label={say('Patience')}
        about={say('Epochs without progress before it stops')}
        usual={say('never stops early')}
        value={form.patience}
        onCount={(value) =>
          put(value === undefined ? ['fit', 'early_stopping'] : ['fit', 'early_stopping', 'patience'])(value)
        }
      />
      <Share label={say('Held back to choose by')} value={form.validation} onShare={put(['split', 'validation'])} />
      <Share label={say('Held back to test at the end')} value={form.test} onShare={put(['split', 'test'])} />
    </SimpleGrid>
  )
}

function NameInput({ value, onName }: { value: string; onName: (name: unknown) => void }) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  return (
    <TextInput
      size="xs"
      label={say('Name')}
      description={say('As the list shows it')}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => typed !== value && onName(typed.trim() || undefined)}
    />
  )
}

function OptimizerInputs({ form, onOptimizer }: { form: Form; onOptimizer: (call: unknown) => void }) {
  const { data: catalog } = useQuery(catalogQuery)
  const call = form.optimizer === null ? null : readCall(form.optimizer)
  if (!call) return null
  const family = catalog?.families.optimizer ?? {}
  const known = Object.keys(family)
  const name = known.find((one) => one.toLowerCase() === call.name.toLowerCase()) ?? call.name
  const names = namesOf(family[name])
  const rate = argumentOf(call, 'learning_rate', names.length > 0 ? names : ['learning_rate'])
  return (
    <>
      <Select
        size="xs"
        label={say('Optimizer')}
        description={say('How it learns')}
        data={known.includes(name) ? known : [name, ...known]}
        value={name}
        onChange={(chosen) => chosen && onOptimizer(rate ? `${chosen}(${rate})` : `${chosen}()`)}
        searchable
        allowDeselect={false}
      />
      <RateInput
        value={rate}
        onRate={(value) => onOptimizer(writeCall(withArgument({ ...call, name }, 'learning_rate', value, names)))}
      />
    </>
  )
}

function RateInput({ value, onRate }: { value: string; onRate: (value: string) => void }) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  return (
    <TextInput
      size="xs"
      label={say('Learning rate')}
      description={say('How large its steps are')}
      placeholder="0.001"
      inputMode="decimal"
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => typed !== value && onRate(typed.trim())}
    />
  )
}

type CountProps = {
  label: string
  about: string
  usual?: string
  value: number | null
  onCount: (value: number | undefined) => void
}

function Count({ label, about, usual, value, onCount }: CountProps) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={about}
      placeholder={usual}
      min={1}
      allowDecimal={false}
      thousandSeparator=","
      value={value ?? ''}
      onChange={(next) => onCount(typeof next === 'number' ? next : undefined)}
    />
  )
}

type ShareProps = { label: string; value: number | null; onShare: (value: number | undefined) => void }

function Share({ label, value, onShare }: ShareProps) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={say('Of all rows')}
      suffix=" %"
      min={0}
      max={90}
      step={5}
      allowDecimal={false}
      value={value === null ? '' : Math.round(value * 100)}
      onChange={(next) => onShare(typeof next === 'number' ? next / 100 : undefined)}
    />
  )
}
