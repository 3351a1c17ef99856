import { IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { LayersTable } from '#shared/LayersTable.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { summaryQuery } from './queries.ts'

export function Layers({ runId }: { runId: string }) {
  const query = useQuery(summaryQuery(runId))
  return (
    <Section flush>
      <Loaded query={query}>
        {(summary) =>
          summary ? (
            <LayersTable summary={summary} />
          ) : (
            <Empty icon={IconStack2} title="The model is not built yet">
              Its layers appear when the run leaves the phase “building”.
            </Empty>
          )
        }
      </Loaded>
    </Section>
  )
}
