import { autocompletion, closeBrackets } from '@codemirror/autocomplete'
import { python } from '@codemirror/lang-python'
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { editing, look } from '#shared/editing.ts'
import { say } from '#shared/words.ts'
import type { Remark } from './files.ts'

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.self], color: 'var(--hg-train)' },
  { tag: [tags.definition(tags.variableName), tags.className, tags.definition(tags.className)], fontWeight: '600' },
  { tag: tags.function(tags.definition(tags.variableName)), fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--hg-good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--hg-warn)' },
  { tag: [tags.comment, tags.docComment], color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: tags.meta, color: 'var(--hg-warn)' },
])

const language: Extension = [python(), indentUnit.of('    '), syntaxHighlighting(colors)]

type Asked = {
  text: string
  label: string
  isReadOnly: boolean
  onChange: (text: string) => void
  onCheck: () => void
  onSave: () => void
}

export function makeState({ text, label, isReadOnly, onChange, onCheck, onSave }: Asked): EditorState {
  const does = (run: () => void) => () => {
    run()
    return true
  }
  const keys = [
    { key: 'Mod-Enter', run: does(onCheck) },
    { key: 'Mod-s', run: does(onSave) },
  ]
  const extensions = [
    editing({ label, keys, onChange }),
    language,
    autocompletion(),
    closeBrackets(),
    bracketMatching(),
    EditorState.readOnly.of(isReadOnly),
  ]
  return EditorState.create({ doc: text, extensions })
}

const collapsed = EditorView.theme({
  '.cm-collapsedLines': { background: 'var(--hg-hover)', color: 'var(--mantine-color-dimmed)', padding: '4px 10px' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none' },
  '.cm-deletedChunk': { paddingLeft: '6px' },
})

/** A text that is only looked at. */
export function readingPython(label: string): Extension[] {
  return [
    language,
    look,
    collapsed,
    EditorState.phrases.of({ '$ unchanged lines': say('{n} lines that are alike', { n: '$' }) }),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', role: 'textbox', 'aria-readonly': 'true' }),
  ]
}

function boundsOf(state: EditorState, line: number): { from: number; to: number } {
  const { from, to, text } = state.doc.line(Math.min(Math.max(1, line), state.doc.lines))
  return { from: from + Math.max(0, text.search(/\S/)), to }
}

/** Put what is said of this file into the margin and under its lines. */
export function showRemarks(view: EditorView, remarks: Remark[]): void {
  const diagnostics = remarks.map(
    ({ line, severity, rule, message, advice }): Diagnostic => ({
      ...boundsOf(view.state, line ?? 1),
      severity,
      source: rule,
      message: [message, advice].filter(Boolean).join('\n'),
    }),
  )
  diagnostics.sort((one, other) => one.from - other.from)
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

export function goToLine(view: EditorView, line: number): void {
  const { from } = boundsOf(view.state, line)
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
  view.focus()
}
