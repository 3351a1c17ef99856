import type { Column, Preview } from '#client'

/** One input of the form, drawn by its kind. */
export type Field = {
  name: string
  kind: 'number' | 'text' | 'bool' | 'choice' | 'json'
  choices: string[]
  isOptional: boolean
  /** What the form starts with where no data tells. */
  example?: string
}

type Binding = { columns?: unknown; column?: unknown; array?: unknown }

function namesOf(name: string, binding: Binding): string[] {
  if (Array.isArray(binding.columns)) return binding.columns.map(String)
  for (const one of [binding.column, binding.array]) {
    if (typeof one === 'string') return [one]
  }
  return [name]
}

/** The columns that a resolved spec's inputs read, each once, in order. */
export function inputNames(spec: Record<string, unknown>): string[] {
  const { inputs } = spec
  if (typeof inputs !== 'object' || inputs === null) return []
  return [...new Set(Object.entries(inputs).flatMap(([name, binding]) => namesOf(name, (binding ?? {}) as Binding)))]
}

/** Columns for which the spec says how gaps are filled: an empty field is allowed there. */
function optionalNames(spec: Record<string, unknown>): Set<string> {
  const inputs = Object.entries((spec.inputs ?? {}) as Record<string, Binding & { missing?: unknown }>)
  return new Set(
    inputs.filter(([, one]) => one.missing && one.missing !== 'drop').flatMap(([name, one]) => namesOf(name, one)),
  )
}

const FEW = 24

function kindOf(column: Column | undefined): Field['kind'] {
  if (!column || (column.shape?.length ?? 0) > 0) return 'json'
  if (/^(u?int|float)/.test(column.dtype)) return 'number'
  if (column.dtype === 'bool') return 'bool'
  const top = column.top?.length ?? 0
  return top > 0 && top <= FEW && top === column.unique ? 'choice' : 'text'
}

export function fieldsOf(spec: Record<string, unknown>, columns: Column[]): Field[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const optional = optionalNames(spec)
  return inputNames(spec).map((name) => {
    const column = byName.get(name)
    const kind = kindOf(column)
    const choices = kind === 'choice' ? (column?.top ?? []).map(([value]) => String(value)).sort() : []
    return { name, kind, choices, isOptional: optional.has(name) }
  })
}

/** The tensors that a model takes, as `inputs.json` beside it has them: a number, or nested lists of numbers. */
export function fieldsOfTensors(text: string): Field[] {
  const { inputs } = JSON.parse(text) as { inputs: { column: string; shape: number[] }[] }
  return inputs.map(({ column, shape }) => {
    const isNumber = shape.length === 0 || (shape.length === 1 && shape[0] === 1)
    const zeros = shape.reduceRight<unknown>((inner, size) => Array(size).fill(inner), 0)
    return {
      name: column,
      kind: isNumber ? 'number' : 'json',
      choices: [],
      isOptional: false,
      example: isNumber ? '0' : JSON.stringify(zeros),
    }
  })
}

function asText(value: unknown, kind: Field['kind']): string {
  if (value === null || value === undefined) return ''
  return kind === 'json' && typeof value !== 'string' ? JSON.stringify(value) : String(value)
}

/** What the form starts with: a row of the data that the run was trained on. */
export function exampleOf(fields: Field[], preview: Preview | undefined, row: number): Record<string, string> {
  const values = preview?.rows[row % Math.max(1, preview.rows.length)] ?? []
  const at = new Map(preview?.columns.map((name, index) => [name, values[index]]))
  return Object.fromEntries(
    fields.map((field) => [field.name, asText(at.get(field.name), field.kind) || (field.example ?? '')]),
  )
}

function readValue(field: Field, text: string): unknown {
  if (field.kind === 'text' || field.kind === 'choice') return text === '' && field.isOptional ? null : text
  if (text.trim() === '') return null
  if (field.kind === 'number') return Number(text)
  if (field.kind === 'bool') return text === 'true'
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The raw row that the service is asked about. */
export function instanceOf(fields: Field[], values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, readValue(field, values[field.name] ?? '')]))
}

/** Faults by field: `/instances/0/median_income` is said beside `median_income`. */
export function faultsByField(faults: { pointer: string; message: string }[]): Map<string, string> {
  const byField = new Map<string, string>()
  for (const { pointer, message } of faults) {
    const name = pointer.split('/')[3]?.replaceAll('~1', '/').replaceAll('~0', '~')
    if (name) byField.set(name, message)
  }
  return byField
}
