import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { type EditorView, hoverTooltip } from '@codemirror/view'
import { say } from '#shared/words.ts'
import type { Argument, Catalog, Entry, Family } from './catalog.ts'

/** Keras' own names in the text: completed while one types, explained where one points. */

const FAMILIES = ['layer', 'optimizer', 'loss', 'metric', 'callback', 'initializer', 'regularizer', 'schedule']
const SECTIONS: Record<string, string> = {
  name: say('what the list calls it'),
  dataset: say('name or name@version'),
  inputs: say('model input ← columns'),
  targets: say('model output ← column'),
  split: say('which rows are held back'),
  model: say('kind and layers'),
  compile: say('optimizer, loss, metrics'),
  fit: say('epochs, batch size, early stopping'),
  export: say('formats of the saved model'),
  resources: say('GPUs, workers, minutes'),
  tags: say('words to find it by'),
  seed: say('of all that is random'),
  project: say('whose run it is'),
  queue: say('where it waits'),
}

export function entryOf(catalog: Catalog, name: string): { family: string; entry: Entry } | null {
  for (const family of FAMILIES) {
    const entry = catalog.families[family]?.[name]
    if (entry) return { family, entry }
  }
  return null
}

/** The call whose brackets are open at the end of a line. */
export function openCall(line: string): string | null {
  let depth = 0
  for (let at = line.length - 1; at >= 0; at--) {
    const letter = line.charAt(at)
    if (letter === ')') depth += 1
    if (letter === '(') {
      if (depth === 0) return /([A-Za-z_]\w*)$/.exec(line.slice(0, at))?.[1] ?? null
      depth -= 1
    }
  }
  return null
}

function argumentChoices(entry: Entry): Completion[] {
  return entry.arguments
    .filter((one) => !one.refused)
    .map((one, nth) => ({
      label: `${one.name}=`,
      type: 'property',
      detail: usualOf(one),
      info: one.doc,
      boost: 99 - nth, // as Keras lists them: what it cannot do without comes first
    }))
}

function usualOf(argument: Argument): string | undefined {
  if (argument.required) return say('required')
  return argument.default === undefined || argument.default === null ? undefined : String(argument.default)
}

function classChoices(family: string, entries: Family): Completion[] {
  return Object.entries(entries).map(([name, entry]) => ({
    label: name,
    type: 'class',
    detail: family,
    info: entry.doc,
    apply: `${name}(${entry.arguments.some((one) => one.required) ? '' : ')'}`,
  }))
}

/** What may stand at a place, from what stands before it on its line. */
export function complete(catalog: Catalog, before: string): { from: number; options: Completion[] } | null {
  const word = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? ''
  const from = before.length - word.length
  const called = openCall(before)
  const inside = called ? entryOf(catalog, called) : null
  if (inside && /[(,]\s*$/.test(before.slice(0, from))) return { from, options: argumentChoices(inside.entry) }
  if (called && /=\s*["']?$/.test(before.slice(0, from)))
    return {
      from,
      options: classChoices('activation', catalog.families.activation ?? {}).map((one) => ({
        ...one,
        apply: one.label,
      })),
    }
  if (word === '') return null
  if (from === 0)
    return {
      from,
      options: Object.entries(SECTIONS).map(([label, info]) => ({ label: `${label}:`, type: 'keyword', info })),
    }
  return { from, options: FAMILIES.flatMap((family) => classChoices(family, catalog.families[family] ?? {})) }
}

function source(catalog: Catalog) {
  return (context: CompletionContext): CompletionResult | null => {
    const line = context.state.doc.lineAt(context.pos)
    const found = complete(catalog, line.text.slice(0, context.pos - line.from))
    return found && { from: line.from + found.from, options: found.options, validFor: /^\w*$/ }
  }
}

/** The whole word at a place of a line. */
export function wordAt(line: string, at: number): { word: string; from: number } | null {
  for (const found of line.matchAll(/[A-Za-z_]\w*/g)) {
    if (found.index <= at && at <= found.index + found[0].length) return { word: found[0], from: found.index }
  }
  return null
}

function explain(catalog: Catalog) {
  return (view: EditorView, position: number) => {
    const line = view.state.doc.lineAt(position)
    const found = wordAt(line.text, position - line.from)
    if (!found) return null
    const known = entryOf(catalog, found.word)
    const outer = openCall(line.text.slice(0, found.from))
    const argument =
      outer === null ? undefined : entryOf(catalog, outer)?.entry.arguments.find((one) => one.name === found.word)
    const words = known ? sayEntry(found.word, known.entry) : argument?.doc
    if (!words) return null
    return {
      pos: line.from + found.from,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'cm-explained'
        dom.textContent = words
        return { dom }
      },
    }
  }
}

function sayEntry(name: string, entry: Entry): string {
  const given = entry.arguments.filter((one) => !one.refused).map((one) => one.name + (one.required ? '' : '?'))
  return `${name}(${given.slice(0, 8).join(', ')}${given.length > 8 ? ', …' : ''})\n${entry.doc ?? ''}`
}

export function knowing(catalog: Catalog): Extension {
  return [autocompletion({ override: [source(catalog)], icons: false }), hoverTooltip(explain(catalog))]
}
