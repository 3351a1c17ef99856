import { SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Run, Summary } from '#client'
import { ModelGraph } from '#shared/ModelGraph.tsx'
import { formatCount } from '#shared/numbers.ts'
import { summaryQuery } from '#shared/results.ts'
import { Section } from '#shared/Section.tsx'
import { Empty, Failed, RowsToCome } from '#shared/States.tsx'
import { say, sayMany } from '#shared/words.ts'
import { AboutWeights, LayerPairs } from './LayerPairs.tsx'
import { marksOf, pairLayers, totalsOf } from './layers.ts'
import { SideChoice } from './SideChoice.tsx'
import { readSides, type Side, type Sides, writeSides } from './sides.ts'

type Props = { runs: Run[]; models: string | undefined; onModels: (models: string | undefined) => void }

/** Two models of those that are compared: which layers differ, and how far apart their weights are. */
export function Models({ runs, models, onModels }: Props) {
  const sides = readSides(models, runs)
  const [before, after] = [useModel(runs, sides[0]), useModel(runs, sides[1])]
  const broken = [before, after].find(({ error }) => error)
  const change = (nth: 0 | 1) => (side: Side) => {
    const next: Sides = nth === 0 ? [side, sides[1]] : [sides[0], side]
    onModels(writeSides(next))
  }
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <SideChoice label={say('From')} runs={runs} side={sides[0]} onChange={change(0)} />
        <SideChoice label={say('To')} runs={runs} side={sides[1]} onChange={change(1)} />
      </SimpleGrid>
      {broken?.error ? (
        <Failed error={broken.error} retry={broken.retry} />
      ) : before.model === null || after.model === null ? (
        <NotBuilt />
      ) : before.model && after.model ? (
        <Between before={before.model} after={after.model} sides={sides} />
      ) : (
        <RowsToCome />
      )}
    </Stack>
  )
}

/** Undefined while it is asked for, null before there is one. */
function useModel(runs: Run[], side: Side) {
  const run = runs.find(({ id }) => id === side.id)
  const isBuilt = run !== undefined && run.phase !== 'preparing' && run.status !== 'queued'
  const { data, error, refetch } = useQuery(summaryQuery(side.id, isBuilt))
  return { model: isBuilt ? data : null, error, retry: () => void refetch() }
}

function NotBuilt() {
  return (
    <Section>
      <Empty icon={IconStack2} title={say('The model is not built yet')}>
        {say('Its layers appear when the run leaves the phase “building”.')}
      </Empty>
    </Section>
  )
}

function Between({ before, after, sides }: { before: Summary; after: Summary; sides: Sides }) {
  const [all, setAll] = useState(false)
  const pairs = useMemo(() => pairLayers(before.layers, after.layers), [before, after])
  const { parameters, changes } = totalsOf(before, after, pairs)
  const isSame = changes.same === pairs.length
  return (
    <>
      <Text fz="sm" m={0}>
        {isSame ? say('Layer for layer they are the same model.') : tellChanges(changes)}{' '}
        {parameters[0] === parameters[1]
          ? say('Both have {count} parameters.', { count: formatCount(parameters[0]) })
          : say('{before} parameters became {after}.', {
              before: formatCount(parameters[0]),
              after: formatCount(parameters[1]),
            })}
      </Text>
      <Section
        title={say('Layers')}
        aside={
          <Switch
            size="xs"
            label={say('Equal ones too')}
            checked={all || isSame}
            disabled={isSame}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
        }
        flush
      >
        <LayerPairs pairs={pairs} sides={sides} all={all || isSame} />
      </Section>
      <AboutWeights sides={sides} />
      {!isSame && (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Section>
            <ModelGraph summary={before} marks={marksOf(pairs, 'before')} title={say('The graph before')} />
          </Section>
          <Section>
            <ModelGraph summary={after} marks={marksOf(pairs, 'after')} title={say('The graph after')} />
          </Section>
        </SimpleGrid>
      )}
    </>
  )
}

function tellChanges({ added, removed, changed }: { added: number; removed: number; changed: number }): string {
  return say('{changed}, {removed}, {added}.', {
    changed: sayMany(changed, '{n} layer changed', '{n} layers changed'),
    removed: sayMany(removed, '{n} removed', '{n} removed'),
    added: sayMany(added, '{n} added', '{n} added'),
  })
}
