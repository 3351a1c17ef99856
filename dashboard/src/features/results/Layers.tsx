import { IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { ModelView } from '#shared/ModelView.tsx'
import { summaryQuery } from '#shared/results.ts'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'

export function Layers({ runId, isBuilt }: { runId: string; isBuilt: boolean }) {
  const query = useQuery(summaryQuery(runId, isBuilt))
  return (
    <Section flush>
      {isBuilt ? (
        <Loaded query={query}>{(summary) => (summary ? <ModelView summary={summary} /> : <NotBuilt />)}</Loaded>
      ) : (
        <NotBuilt />
      )}
    </Section>
  )
}

function NotBuilt() {
  return (
    <Empty icon={IconStack2} title={say('The model is not built yet')}>
      {say('Its layers appear when the run leaves the phase “building”.')}
    </Empty>
  )
}
