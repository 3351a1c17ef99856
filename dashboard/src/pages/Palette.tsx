import { Kbd, Modal, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useState } from 'react'
import { foundQuery } from '#features/runs/queries.ts'
import { usePlace } from '#features/session/place.ts'
import { Status } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import css from './Palette.module.css'

type Aim = { id: string; word: string; hint?: React.ReactNode; go: () => void }

/** Anywhere from the keyboard: a page by its name, a run by a part of its. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      radius="lg"
      yOffset="12vh"
      attributes={{ content: { 'aria-label': say('Go to') } }}
      size={560}
    >
      {isOpen && <Search onClose={onClose} />}
    </Modal>
  )
}

function Search({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const aims = useAims(typed)
  const choose = (aim: Aim | undefined) => {
    if (!aim) return
    onClose()
    aim.go()
  }
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (by) {
      event.preventDefault()
      setAt((now) => (now + by + aims.length) % Math.max(1, aims.length))
    }
    if (event.key === 'Enter') choose(aims[at])
  }
  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        px="md"
        leftSection={<IconSearch size={17} aria-hidden />}
        placeholder={say('Go to a page or a run')}
        aria-label={say('Go to a page or a run')}
        role="combobox"
        aria-expanded
        aria-controls="aims"
        aria-activedescendant={aims[at] && `aim-${aims[at].id}`}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <div id="aims" role="listbox" aria-label={say('Where to')} className={css.aims}>
        {aims.map((aim, nth) => (
          // The field keeps the focus and the arrows move through the list.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={aim.id}
            id={`aim-${aim.id}`}
            role="option"
            aria-selected={nth === at}
            className={css.aim}
            onMouseMove={() => setAt(nth)}
            onClick={() => choose(aim)}
          >
            <span className="ellipsis">{aim.word}</span>
            <span className="dim">{aim.hint}</span>
          </div>
        ))}
        {aims.length === 0 && <div className={css.none}>{say('Nothing is called that.')}</div>}
      </div>
    </>
  )
}

function useAims(typed: string): Aim[] {
  const navigate = useNavigate()
  const { asked: project } = usePlace()
  const { data } = useQuery(foundQuery(typed.trim(), project))
  const pages: Aim[] = [
    { id: 'runs', word: say('Runs'), go: () => void navigate({ to: '/runs', search: {} }) },
    {
      id: 'running',
      word: say('What runs now'),
      go: () => void navigate({ to: '/runs', search: { q: 'status:running' } }),
    },
    {
      id: 'failed',
      word: say('What failed'),
      go: () => void navigate({ to: '/runs', search: { q: 'status:failed' } }),
    },
    {
      id: 'new',
      word: say('New run'),
      hint: <Kbd size="xs">n</Kbd>,
      go: () => void navigate({ to: '/new', search: {} }),
    },
    { id: 'data', word: say('Data'), go: () => void navigate({ to: '/datasets' }) },
    { id: 'components', word: say('Components'), go: () => void navigate({ to: '/components' }) },
    { id: 'floor', word: say('Floor'), go: () => void navigate({ to: '/floor' }) },
  ]
  const wanted = typed.trim().toLowerCase()
  const runs = (data?.data ?? []).map((run) => ({
    id: run.id,
    word: run.name,
    hint: <Status status={run.status} />,
    go: () => void navigate({ to: '/runs/$runId', params: { runId: run.id } }),
  }))
  return [...pages.filter(({ word }) => word.toLowerCase().includes(wanted)), ...runs]
}
