import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { say } from '#shared/words.ts'
import type { Catalog } from './catalog.ts'
import { knowing } from './completing.ts'
import { allowedWords, mend, type Placed } from './faults.ts'

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.65' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { paddingLeft: '10px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hg-hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--mantine-primary-color-filled) 24%, transparent)',
  },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-text)',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '7px',
  },
  '.cm-explained': { maxWidth: '460px', padding: '8px 12px', fontSize: '12.5px', whiteSpace: 'pre-wrap' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    fontSize: '12.5px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--mantine-primary-color-filled)' },
  '.cm-completionInfo': { maxWidth: '340px', padding: '8px 12px', fontSize: '12.5px' },
  '.cm-completionDetail': { color: 'var(--mantine-color-dimmed)', fontStyle: 'normal' },
  '.cm-tooltip-lint': { maxWidth: '520px', boxShadow: 'var(--mantine-shadow-md)' },
  '.cm-diagnostic': { padding: '8px 12px', fontSize: '12.5px', borderLeftColor: 'var(--hg-bad)' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--mantine-primary-color-filled)',
    borderRadius: '5px',
    padding: '3px 8px',
    marginLeft: '10px',
  },
})

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--hg-train)' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: 'var(--mantine-color-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--hg-validation)' },
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
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of('  '),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    yaml(),
    EditorView.lineWrapping,
    syntaxHighlighting(colors),
    lintGutter(),
    knowledge.of([]),
    look,
    EditorView.contentAttributes.of({ 'aria-label': say('Spec'), tabindex: '0' }),
    keymap.of([
      { key: 'Mod-Enter', run: submit },
      ...defaultKeymap,
      ...historyKeymap,
      ...searchKeymap,
      ...lintKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    }),
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
