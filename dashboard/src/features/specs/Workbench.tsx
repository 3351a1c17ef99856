import type { EditorView } from '@codemirror/view'
import { Alert, Button, Group, Paper, SegmentedControl, Stack, Text } from '@mantine/core'
import { useDebouncedValue, useHotkeys, useLocalStorage } from '@mantine/hooks'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { faultsOf, Refused } from '#shared/problem.ts'
import { say } from '#shared/words.ts'
import { Editor } from './Editor.tsx'
import { goTo } from './editor.ts'
import { Flight } from './Flight.tsx'
import { FormFace } from './FormFace.tsx'
import { type Placed, placeFaults } from './faults.ts'
import { checkQuery, useSubmit } from './queries.ts'
import { Verdict } from './Verdict.tsx'
import css from './Workbench.module.css'

const REST_MS = 350
const FACES = [
  { value: 'form', label: say('Form') },
  { value: 'text', label: say('Text') },
]

type Props = {
  initialText: string
  notes?: string[]
  notesTitle?: string
  /** Names that the form offers in place of a data set that is not there. */
  datasets?: string[]
  /** Where to begin: a JSON Pointer. */
  at?: string
  onSubmitted: (runId: string, queuePosition: number | null) => void
}

type Face = 'form' | 'text'

/** A spec as a form and as text, one document; beside it, while one changes it, what the service makes of it. */
export function Workbench({
  initialText,
  notes = [],
  notesTitle = say('What was guessed'),
  datasets = [],
  at,
  onSubmitted,
}: Props) {
  const [text, setText] = useState(initialText)
  const [begun, setBegun] = useState(initialText)
  const [kept, setFace] = useLocalStorage<Face>({
    key: 'spec-face',
    defaultValue: 'form',
    getInitialValueInEffect: false,
  })
  const [isLed, setLed] = useState(at !== undefined) // to a place, which is one of the text
  const face = isLed ? 'text' : kept
  const [rested] = useDebouncedValue(text, REST_MS)
  const view = useRef<EditorView>(null)
  const goal = useRef(at ? (placeFaults(initialText, [{ pointer: at, message: '', code: '' }])[0] ?? null) : null)
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
  const summary = check.error ? undefined : check.data?.summary
  const show = (chosen: Face) => {
    setBegun(text) // the editor begins with what the form has made
    setFace(chosen)
    setLed(false)
  }
  /** A fault has its place in the text. */
  const follow = (one: Placed) => {
    if (face === 'text' && view.current) return goTo(view.current, one)
    goal.current = one
    show('text')
  }
  useHotkeys([['mod+Enter', send]], [])
  return (
    <div className={css.bench}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={say('Face of the spec')}
          data={FACES}
          value={face}
          onChange={(chosen) => show(chosen as Face)}
          className={css.faces}
        />
        {face === 'form' ? (
          <FormFace text={text} datasets={datasets} summary={summary} placed={placed} onText={change} />
        ) : (
          <Paper className={css.editor}>
            <Editor initialText={begun} placed={placed} view={view} goal={goal} onChange={change} onSubmit={send} />
          </Paper>
        )}
      </Stack>
      <Stack gap="md" className={css.side}>
        <Notes title={notesTitle} notes={notes} />
        <Verdict checked={check.error ? undefined : check.data} placed={placed} isSettled={isSettled} onGoTo={follow} />
        {refusal && placed.length === 0 && (
          <Alert color="red" variant="light" role="alert">
            {refusal.message}
            {refusal instanceof Refused && refusal.status >= 500 ? ` ${say('Try again in a moment.')}` : ''}
          </Alert>
        )}
        <Group gap="sm">
          <Button
            leftSection={<IconPlayerPlay size={16} />}
            loading={submit.isPending}
            disabled={isSettled && placed.length > 0}
            onClick={send}
          >
            {say('Train')}
          </Button>
          <Flight text={text} isSound={isSettled && placed.length === 0 && check.data !== undefined} />
        </Group>
      </Stack>
    </div>
  )
}

function Notes({ title, notes }: { title: string; notes: string[] }) {
  if (notes.length === 0) return null
  return (
    <Paper p="md">
      <Text fw={600} fz="sm" mb={6}>
        {title}
      </Text>
      <ul style={{ margin: 0, paddingLeft: 18, fontSize: 13 }}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Paper>
  )
}
