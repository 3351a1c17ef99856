import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { editing } from '#shared/editing.ts'
import { say } from '#shared/words.ts'
import type { Catalog } from './catalog.ts'
import { knowing } from './completing.ts'
import { allowedWords, mend, type Placed } from './faults.ts'

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--hg-train)' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: 'var(--mantine-color-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--hg-warn)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--mantine-color-dimmed)' },
])

const knowledge = new Compartment()

/** Complete and explain Keras' names; the editor begins without, for the catalog comes later. */
export function teach(view: EditorView, catalog: Catalog): void {
  view.dispatch({ effects: knowledge.reconfigure(knowing(catalog)) })
}

export function makeEditor(
  parent: HTMLElement,
  text: string,
  onChange: (text: string) => void,
  onSubmit: () => void,
): EditorView {
  const submit = () => {
    onSubmit()
    return true
  }
  const extensions: Extension[] = [
    editing({ label: say('Spec'), keys: [{ key: 'Mod-Enter', run: submit }], onChange }),
    indentUnit.of('  '),
    yaml(),
    EditorView.lineWrapping,
    syntaxHighlighting(colors),
    knowledge.of([]),
  ]
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) })
}

function diagnose(view: EditorView, placed: Placed): Diagnostic {
  const { length } = view.state.doc
  const change = mend(view.state.doc.toString(), placed)
  const allowed = placed.fault.did_you_mean ? '' : allowedWords(placed.fault.allowed)
  return {
    from: Math.min(placed.from, length),
    to: Math.min(placed.to, length),
    severity: 'error',
    message: [placed.fault.message, allowed && say('allowed: {names}', { names: allowed })].filter(Boolean).join('\n'),
    actions: change
      ? [
          {
            name: say('Use {insert}', { insert: change.insert }),
            apply: (editor) => editor.dispatch({ changes: change }),
          },
        ]
      : [],
  }
}

/** Put the faults into the margin and under the words. */
export function showFaults(view: EditorView, placed: Placed[]): void {
  const diagnostics = placed.map((one) => diagnose(view, one)).sort((one, other) => one.from - other.from)
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

export function goTo(view: EditorView, placed: Placed): void {
  const anchor = Math.min(placed.from, view.state.doc.length)
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
  view.focus()
}
