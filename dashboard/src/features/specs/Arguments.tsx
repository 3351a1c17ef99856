import { Button, Collapse, NumberInput, Select, SimpleGrid, Switch, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAdjustments } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { say } from '#shared/words.ts'
import { argumentOf, type Call, withArgument, writeCall } from './call.ts'
import { type Argument, catalogQuery, chosenArguments, type Entry, namesOf } from './catalog.ts'

type Props = { call: Call; entry: Entry; nth: number; onCall: (call: string) => void }

/** Every argument that Keras has for it, each with its meaning; what is left empty keeps Keras' default. */
export function Arguments({ call, entry, nth, onCall }: Props) {
  const [isOpen, { toggle }] = useDisclosure()
  const names = namesOf(entry)
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<IconAdjustments size={13} />}
        aria-expanded={isOpen}
        aria-label={say('Arguments of layer {nth}, {name}', { nth: nth + 1, name: call.name })}
        onClick={toggle}
        mt={4}
      >
        {say('Arguments')}
      </Button>
      <Collapse expanded={isOpen}>
        {isOpen && (
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" mt="xs">
            {chosenArguments(entry).map((argument) => (
              <Field
                key={argument.name}
                argument={argument}
                value={argumentOf(call, argument.name, names)}
                onValue={(value) => onCall(writeCall(withArgument(call, argument.name, value, names)))}
              />
            ))}
          </SimpleGrid>
        )}
      </Collapse>
    </>
  )
}

type FieldProps = { argument: Argument; value: string; onValue: (value: string) => void }

function unquote(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, '$2')
}

function Field({ argument, value, onValue }: FieldProps) {
  const { data: catalog } = useQuery(catalogQuery)
  const { kinds = [], takes = [], choices } = argument
  const activations = takes[0] === 'activation' ? Object.keys(catalog?.families.activation ?? {}) : []
  const options = choices?.map(String) ?? activations
  const props = { argument, value, onValue }
  if (options.length > 0) return <ChoiceField {...props} options={options} />
  if (kinds.length === 1 && kinds[0] === 'bool') return <BoolField {...props} />
  if (kinds.length > 0 && kinds.every((kind) => kind === 'int' || kind === 'float')) return <NumberField {...props} />
  return <TextField {...props} />
}

function labels({ name, doc, default: usual }: Argument) {
  const placeholder = usual === undefined || usual === null ? '' : String(usual)
  return { label: name, description: doc, size: 'xs' as const, inputWrapperOrder: ORDER, placeholder }
}

function ChoiceField({ argument, value, onValue, options }: FieldProps & { options: string[] }) {
  return (
    <Select
      {...labels(argument)}
      data={options}
      value={unquote(value) || null}
      onChange={(chosen) => onValue(chosen ? JSON.stringify(chosen) : '')}
      clearable
      searchable
    />
  )
}

function BoolField({ argument, value, onValue }: FieldProps) {
  return (
    <Switch
      size="xs"
      label={argument.name}
      description={argument.doc}
      checked={value === '' ? argument.default === true : /true/i.test(value)}
      onChange={(event) => onValue(event.currentTarget.checked ? 'True' : 'False')}
    />
  )
}

function NumberField({ argument, value, onValue }: FieldProps) {
  const isWhole = !argument.kinds?.includes('float')
  const number = value === '' ? '' : Number(value)
  return (
    <NumberInput
      {...labels(argument)}
      value={Number.isNaN(number) ? '' : number}
      allowDecimal={!isWhole}
      step={isWhole ? 1 : 0.1}
      onChange={(next) => onValue(next === '' ? '' : String(next))}
    />
  )
}

function TextField({ argument, value, onValue }: FieldProps) {
  return (
    <TextInput
      {...labels(argument)}
      key={value}
      defaultValue={value}
      onBlur={(event) => event.currentTarget.value !== value && onValue(event.currentTarget.value.trim())}
    />
  )
}

const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error']
