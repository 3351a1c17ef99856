import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import type { Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  type KeyBinding,
  keymap,
  lineNumbers,
} from '@codemirror/view'

/** How every text that one writes looks and behaves; the languages add their own. */

export const look = EditorView.theme({
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
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--hg-warn)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--hg-idle)' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--mantine-primary-color-filled)',
    borderRadius: '5px',
    padding: '3px 8px',
    marginLeft: '10px',
  },
})

type Editing = { label: string; keys: readonly KeyBinding[]; onChange: (text: string) => void }

export function editing({ label, keys, onChange }: Editing): Extension[] {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    lintGutter(),
    look,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    keymap.of([...keys, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    }),
  ]
}
