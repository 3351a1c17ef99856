import type { EditorView } from '@codemirror/view'
import { useQuery } from '@tanstack/react-query'
import { type RefObject, useEffect, useRef } from 'react'
import { catalogQuery } from './catalog.ts'
import { goTo, makeEditor, showFaults, teach } from './editor.ts'
import type { Placed } from './faults.ts'

type Props = {
  initialText: string
  placed: Placed[]
  view: RefObject<EditorView | null>
  /** Where to go once the text is there. */
  goal: RefObject<Placed | null>
  onChange: (text: string) => void
  onSubmit: () => void
}

/** The text, with its faults in the margin. It owns its text; `initialText` is where it begins. */
export function Editor({ initialText, placed, view, goal, onChange, onSubmit }: Props) {
  const { data: catalog } = useQuery(catalogQuery)
  const holder = useRef<HTMLDivElement>(null)
  const latest = useRef({ onChange, onSubmit })
  latest.current = { onChange, onSubmit }
  useEffect(() => {
    if (!holder.current) return
    const made = makeEditor(
      holder.current,
      initialText,
      (text) => latest.current.onChange(text),
      () => latest.current.onSubmit(),
    )
    view.current = made
    if (goal.current) goTo(made, goal.current)
    goal.current = null
    return () => {
      made.destroy()
      view.current = null
    }
  }, [initialText, view, goal])
  useEffect(() => {
    if (view.current) showFaults(view.current, placed)
  }, [placed, view])
  useEffect(() => {
    if (view.current && catalog) teach(view.current, catalog)
  }, [catalog, view])
  return <div ref={holder} style={{ height: '100%', minHeight: 0 }} />
}
