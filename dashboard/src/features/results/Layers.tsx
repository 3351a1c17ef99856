import { Stack } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { ModelView } from '#shared/ModelView.tsx'
import { summaryQuery } from '#shared/results.ts'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { Weights } from './Weights.tsx'

type Props = {
  runId: string
  isBuilt: boolean
  isLive: boolean
  /** Whose weights are shown over the epochs. */
  layer: string | undefined
  onLayer: (layer: string) => void
}

/** The model, and what became of its weights. */
export function Layers({ isBuilt, ...weights }: Props) {
  const query = useQuery(summaryQuery(weights.runId, isBuilt))
  const hasModel = isBuilt && query.data !== null
  return (
    <Stack gap="md">
      <Section flush>
        {hasModel ? (
          <Loaded query={query}>{(summary) => summary && <ModelView summary={summary} />}</Loaded>
        ) : (
          <NotBuilt />
        )}
      </Section>
      {hasModel && <Weights {...weights} />}
    </Stack>
  )
}

function NotBuilt() {
  return (
    <Empty icon={IconStack2} title={say('The model is not built yet')}>
      {say('Its layers appear when the run leaves the phase “building”.')}
    </Empty>
  )
}
