import { queryOptions } from '@tanstack/react-query'
import { getCatalog } from '#client'
import { answer } from '#shared/answer.ts'

/** What Keras has, as the service tells it. */
export type Argument = {
  name: string
  required?: boolean
  default?: unknown
  kinds?: string[]
  choices?: unknown[]
  takes?: string[]
  doc?: string
  refused?: string
}
export type Entry = { doc?: string; arguments: Argument[]; positional?: number }
export type Family = Record<string, Entry>
export type Catalog = { families: Record<string, Family> }

export const catalogQuery = queryOptions({
  queryKey: ['catalog'],
  queryFn: async () => (await answer(getCatalog())) as unknown as Catalog,
  staleTime: Number.POSITIVE_INFINITY,
})

/** The layers that most models are made of, and how each begins. The others follow by their names. */
export const BEGINNINGS: Record<string, string> = {
  Dense: 'Dense(32, activation="relu")',
  Dropout: 'Dropout(0.2)',
  BatchNormalization: 'BatchNormalization()',
  Conv2D: 'Conv2D(32, 3, activation="relu", padding="same")',
  MaxPooling2D: 'MaxPooling2D(2)',
  GlobalAveragePooling2D: 'GlobalAveragePooling2D()',
  Flatten: 'Flatten()',
  Embedding: 'Embedding(10000, 32)',
  LSTM: 'LSTM(32)',
  GRU: 'GRU(32)',
  Conv1D: 'Conv1D(32, 5, activation="relu")',
  GlobalAveragePooling1D: 'GlobalAveragePooling1D()',
  LayerNormalization: 'LayerNormalization()',
}

/** A layer as it is added: with what it cannot be without. */
export function beginningOf(name: string, entry: Entry | undefined): string {
  const known = BEGINNINGS[name]
  if (known) return known
  const wanted = (entry?.arguments ?? []).filter((one) => one.required)
  return `${name}(${wanted.map((one) => (one.choices ? JSON.stringify(one.choices[0]) : one.kinds?.includes('string') ? '""' : '1')).join(', ')})`
}

/** Arguments that a person chooses; names, dtypes and what is refused are for the text. */
export function chosenArguments(entry: Entry | undefined): Argument[] {
  const quiet = new Set(['name', 'dtype', 'trainable', 'seed'])
  return (entry?.arguments ?? []).filter((one) => !one.refused && !quiet.has(one.name))
}

export function namesOf(entry: Entry | undefined): string[] {
  return (entry?.arguments ?? []).map((one) => one.name)
}
