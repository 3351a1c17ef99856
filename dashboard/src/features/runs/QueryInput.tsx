import { Pill, PillsInput, Text, Tooltip } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react'
import { say } from '#shared/words.ts'
import css from './QueryInput.module.css'
import { type Query, readQuery, takeFilters, writeQuery } from './query.ts'

const REST_MS = 250

type Props = { text: string; onText: (text: string) => void; field: RefObject<HTMLInputElement | null> }

/** What finds runs, typed: finished filters become chips, the rest is looked for in names. */
export function QueryInput({ text, onText, field }: Props) {
  const query = readQuery(text)
  const [typed, setTyped] = useState(query.words)
  const [told, setTold] = useState(text)
  const tell = (next: Query) => {
    const written = writeQuery(next)
    setTold(written)
    onText(written)
  }
  const tellRested = useDebouncedCallback(tell, REST_MS)
  const tellNow = (next: Query) => {
    tellRested.cancel()
    tell(next)
  }
  // Another address than the one that was typed here: a link, a saved view, the way back.
  useEffect(() => {
    if (text === told) return
    setTold(text)
    setTyped(readQuery(text).words)
  }, [text, told])

  const change = (value: string, isFinished = false) => {
    const { filters, rest } = takeFilters(value, isFinished)
    setTyped(rest)
    const next = { filters: [...query.filters, ...filters], words: rest.trim() }
    if (filters.length > 0 || isFinished) tellNow(next)
    else tellRested(next)
  }
  const drop = (nth: number) => tellNow({ ...query, filters: query.filters.filter((_, index) => index !== nth) })
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') change(typed, true)
    if (event.key === 'Backspace' && typed === '' && query.filters.length > 0) drop(query.filters.length - 1)
    if (event.key === 'Escape') event.currentTarget.blur()
  }
  return (
    <PillsInput size="sm" className={css.input} leftSection={<IconSearch size={15} aria-hidden />}>
      <Pill.Group gap={5}>
        {query.filters.map((filter, nth) => (
          <Pill
            key={filter.text}
            withRemoveButton
            removeButtonProps={{
              'aria-label': say('Without {text}', { text: filter.text }),
              'aria-hidden': false,
              tabIndex: 0,
            }}
            onRemove={() => drop(nth)}
            data-filter={filter.kind}
            className={css.pill}
          >
            {filter.text}
          </Pill>
        ))}
        <Tooltip
          label={<Grammar />}
          position="bottom-start"
          multiline
          w={330}
          events={{ hover: false, focus: true, touch: false }}
        >
          <PillsInput.Field
            ref={field}
            aria-label={say('Search by name, or filter')}
            placeholder={query.filters.length > 0 ? '' : say('Name, or status:running val_loss<0.4')}
            value={typed}
            onChange={(event) => change(event.currentTarget.value)}
            onKeyDown={press}
          />
        </Tooltip>
      </Pill.Group>
    </PillsInput>
  )
}

const SAID: [string, string][] = [
  ['status:running,failed', say('any of these')],
  ['val_loss<0.4', say('any score: < <= > >= =')],
  ['tag:team=vision', say('or tag:team, with any value')],
  ['layer:Dense', say('its model has such a layer')],
]

function Grammar() {
  return (
    <div className={css.grammar}>
      {SAID.map(([example, meaning]) => (
        <div key={example}>
          <code>{example}</code>
          <span>{meaning}</span>
        </div>
      ))}
      <Text fz={12} mt={4}>
        {say('All must hold. Other words are looked for in names.')}
      </Text>
    </div>
  )
}
