import { Select, Textarea, TextInput } from '@mantine/core'
import { say } from '#shared/words.ts'
import type { Field } from './fields.ts'

type Props = { field: Field; value: string; error: string | undefined; onChange: (value: string) => void }

export function FieldInput({ field, value, error, onChange }: Props) {
  const common = {
    label: field.name,
    error,
    size: 'xs',
    placeholder: field.isOptional ? say('missing') : undefined,
  } as const
  if (field.kind === 'choice' || field.kind === 'bool') {
    return (
      <Select
        {...common}
        data={field.kind === 'bool' ? ['true', 'false'] : field.choices}
        value={value || null}
        clearable={field.isOptional}
        searchable
        onChange={(chosen) => onChange(chosen ?? '')}
      />
    )
  }
  if (field.kind === 'json') {
    return (
      <Textarea
        {...common}
        autosize
        minRows={2}
        maxRows={8}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  }
  return (
    <TextInput
      {...common}
      value={value}
      inputMode={field.kind === 'number' ? 'decimal' : undefined}
      type={field.kind === 'number' ? 'number' : 'text'}
      step="any"
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
