import { Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Dataset } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { say } from '#shared/words.ts'
import { datasetsQuery } from './queries.ts'
import { UploadZone } from './UploadZone.tsx'

type Props = { project?: string; onChosen: (dataset: string, target: string) => void }

/** A data set and the column to predict: all that a sound first spec needs. */
export function ChooseTarget({ project, onChosen }: Props) {
  const query = useInfiniteQuery({
    ...datasetsQuery({ project }),
    select: ({ pages }) => pages.flatMap((page) => page.data),
  })
  return (
    <Loaded query={query}>{(datasets) => <Choice project={project} datasets={datasets} onChosen={onChosen} />}</Loaded>
  )
}

function Choice({ project, datasets, onChosen }: Props & { datasets: Dataset[] }) {
  const [id, setId] = useState(datasets[0]?.id ?? null)
  const chosen = datasets.find((one) => one.id === id)
  const columns = chosen?.columns.map((column) => column.name) ?? []
  const [target, setTarget] = useState<string | null>(null)
  const wanted = target && columns.includes(target) ? target : (columns.at(-1) ?? null)
  if (datasets.length === 0) {
    return <UploadZone project={project} onDone={({ id: uploaded }) => setId(uploaded)} />
  }
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm">
        <Select
          label={say('Data set')}
          w={230}
          data={datasets.map((one) => ({ value: one.id, label: `${one.name}@${one.version}` }))}
          value={id}
          onChange={setId}
          searchable
          allowDeselect={false}
        />
        <Select
          label={say('Column to predict')}
          w={230}
          data={columns}
          value={wanted}
          onChange={setTarget}
          searchable
          allowDeselect={false}
        />
        <Button
          rightSection={<IconArrowRight size={16} />}
          disabled={!chosen || !wanted}
          onClick={() => chosen && wanted && onChosen(`${chosen.name}@${chosen.version}`, wanted)}
        >
          {say('Make a spec')}
        </Button>
      </Group>
      <Text fz="sm" c="dimmed" m={0}>
        {say('A sound first model is guessed from the columns; you see and change it before anything is trained.')}
      </Text>
      <UploadZone project={project} onDone={({ id: uploaded }) => setId(uploaded)} />
    </Stack>
  )
}
