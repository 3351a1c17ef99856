import { Select } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { say } from '#shared/words.ts'
import { BEGINNINGS, beginningOf, catalogQuery } from './catalog.ts'

/** Every layer of Keras by its name, those that most models are made of first; it goes before the last one. */
export function AddLayer({ onAdd }: { onAdd: (call: string) => void }) {
  const { data: catalog } = useQuery(catalogQuery)
  const [round, setRound] = useState(0)
  const family = catalog?.families.layer ?? {}
  const usual = Object.keys(BEGINNINGS).filter((name) => name in family)
  const others = Object.keys(family).filter((name) => !(name in BEGINNINGS))
  return (
    <Select
      key={round}
      size="xs"
      maw={300}
      aria-label={say('Add a layer')}
      placeholder={say('Add a layer')}
      leftSection={<IconPlus size={14} />}
      data={[
        { group: say('Often used'), items: usual },
        { group: say('All others'), items: others },
      ]}
      renderOption={({ option }) => (
        <span>
          {option.label}
          <small className="dim" style={{ display: 'block' }}>
            {family[option.value]?.doc}
          </small>
        </span>
      )}
      onChange={(name) => {
        if (!name) return
        onAdd(beginningOf(name, family[name]))
        setRound(round + 1)
      }}
      searchable
      limit={60}
      nothingFoundMessage={say('Keras has no such layer')}
      maxDropdownHeight={320}
    />
  )
}
