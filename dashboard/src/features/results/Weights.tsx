import { Select, SimpleGrid, Text } from '@mantine/core'
import { IconChartHistogram } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { histogramsQuery } from './queries.ts'
import { Ridges } from './Ridges.tsx'
import { layersOf } from './ridges.ts'

type Props = { runId: string; isLive: boolean; layer: string | undefined; onLayer: (layer: string) => void }

/** A layer's weights as histograms over the epochs. */
export function Weights({ runId, isLive, layer, onLayer }: Props) {
  const { data } = useQuery(histogramsQuery(runId, [], isLive))
  const layers = layersOf(data?.names ?? [])
  const chosen = layers.find(({ name }) => name === layer) ?? layers[0]
  const query = useQuery(histogramsQuery(runId, chosen?.weights ?? [], isLive))
  return (
    <Section
      title={say('Weights over the epochs')}
      aside={
        chosen && (
          <Select
            size="xs"
            w={150}
            aria-label={say('Layer')}
            data={layers.map(({ name }) => name)}
            value={chosen.name}
            onChange={(name) => name && onLayer(name)}
            allowDeselect={false}
            searchable
          />
        )
      }
    >
      <Loaded query={query}>
        {(found) =>
          chosen ? (
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
              {found.data.map((weight) => (
                <figure key={weight.name} style={{ margin: 0 }}>
                  <Text component="figcaption" fz={13} fw={500} mb={4}>
                    {weight.name}
                  </Text>
                  <Ridges weight={weight} />
                </figure>
              ))}
            </SimpleGrid>
          ) : (
            <NoneWritten isLive={isLive} />
          )
        }
      </Loaded>
    </Section>
  )
}

function NoneWritten({ isLive }: { isLive: boolean }) {
  return (
    <Empty icon={IconChartHistogram} title={say('No histograms were written')}>
      {isLive
        ? say('The first come with the end of the first epoch.')
        : say('The trainer writes them for TensorBoard, unless the spec says “fit.tensorboard: false”.')}
    </Empty>
  )
}
