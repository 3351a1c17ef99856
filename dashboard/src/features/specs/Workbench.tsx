import type { EditorView } from '@codemirror/view'
import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { faultsOf, Refused } from '#shared/problem.ts'
import { Editor } from './Editor.tsx'
import { goTo } from './editor.ts'
import { placeFaults } from './faults.ts'
import { checkQuery, useSubmit } from './queries.ts'
import { Verdict } from './Verdict.tsx'
import css from './Workbench.module.css'

const REST_MS = 350

type Props = {
  initialText: string
  notes?: string[]
  onSubmitted: (runId: string, queuePosition: number | null) => void
}

/** A spec as text; beside it, while one types, what the service makes of it. */
export function Workbench({ initialText, notes = [], onSubmitted }: Props) {
  const [text, setText] = useState(initialText)
  const [rested] = useDebouncedValue(text, REST_MS)
  const view = useRef<EditorView>(null)
  const check = useQuery(checkQuery(rested))
  const submit = useSubmit(onSubmitted)
  const refusal = submit.error ?? check.error
  const placed = useMemo(() => placeFaults(rested, faultsOf(refusal)), [rested, refusal])
  const isSettled = text === rested && !check.isFetching
  const send = () => {
    if (!submit.isPending) submit.mutate(text)
  }
  const change = (next: string) => {
    setText(next)
    if (submit.error) submit.reset()
  }
  return (
    <div className={css.bench}>
      <Paper className={css.editor}>
        <Editor initialText={initialText} placed={placed} view={view} onChange={change} onSubmit={send} />
      </Paper>
      <Stack gap="md" className={css.side}>
        <Notes notes={notes} />
        <Verdict
          checked={check.error ? undefined : check.data}
          placed={placed}
          isSettled={isSettled}
          onGoTo={(one) => view.current && goTo(view.current, one)}
        />
        {refusal && placed.length === 0 && (
          <Alert color="red" variant="light" role="alert">
            {refusal.message}
            {refusal instanceof Refused && refusal.status >= 500 ? ' Try again in a moment.' : ''}
          </Alert>
        )}
        <Group gap="sm">
          <Button
            leftSection={<IconPlayerPlay size={16} />}
            loading={submit.isPending}
            disabled={isSettled && placed.length > 0}
            onClick={send}
          >
            Train
          </Button>
          <Text fz="xs" c="dimmed">
            or Ctrl + Enter
          </Text>
        </Group>
      </Stack>
    </div>
  )
}

function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null
  return (
    <Paper p="md">
      <Text fw={600} fz="sm" mb={6}>
        What was guessed
      </Text>
      <ul style={{ margin: 0, paddingLeft: 18, fontSize: 13 }}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Paper>
  )
}
