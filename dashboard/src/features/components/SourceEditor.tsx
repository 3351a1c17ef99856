import type { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { say } from '#shared/words.ts'
import type { Files, Remark } from './files.ts'
import { goToLine, makeState, showRemarks } from './python.ts'

type Props = {
  files: Files
  path: string
  remarks: Remark[]
  /** A line to go to; a new object each time somebody asks. */
  goal: { path: string; line: number } | null
  isReadOnly: boolean
  onChange: (path: string, text: string) => void
  onCheck: () => void
  onSave: () => void
}

/** One file of the package at a time, each with its own history and place. */
export function SourceEditor({ files, path, remarks, goal, isReadOnly, ...told }: Props) {
  const holder = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const states = useRef(new Map<string, EditorState>())
  const latest = useRef({ ...told, files })
  latest.current = { ...told, files }
  useEffect(() => {
    if (!holder.current) return
    const text = latest.current.files[path] ?? ''
    const kept = states.current.get(path)
    const isKept = kept?.doc.toString() === text
    const state =
      (isKept && kept) ||
      makeState({
        text,
        label: say('Source of {path}', { path }),
        isReadOnly,
        onChange: (text) => latest.current.onChange(path, text),
        onCheck: () => latest.current.onCheck(),
        onSave: () => latest.current.onSave(),
      })
    const made = new EditorView({ parent: holder.current, state })
    view.current = made
    return () => {
      states.current.set(path, made.state)
      made.destroy()
      view.current = null
    }
  }, [path, isReadOnly])
  useEffect(() => {
    if (view.current)
      showRemarks(
        view.current,
        remarks.filter((one) => one.path === path),
      )
  }, [remarks, path])
  useEffect(() => {
    if (view.current && goal?.path === path) goToLine(view.current, goal.line)
  }, [goal, path])
  return <div ref={holder} style={{ height: '100%', minHeight: 0 }} />
}
