import { SimpleGrid, Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { runColor } from '#shared/colors.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import css from './Evaluation.module.css'
import { Drawings, ScoresOf } from './Evaluation.tsx'
import { evaluationQuery, type Judged } from './queries.ts'
import { Square } from './Square.tsx'

const MOST = 12

type Named = { id: string; name: string }
type One = Named & { judged: Judged }

/** How runs answer rows that they never saw, beside one another: ROC curves over one another, the rest run by run. */
export function Judgements({ runs }: { runs: Named[] }) {
  const queries = useQueries({ queries: runs.map(({ id }) => evaluationQuery(id)) })
  const outputs = new Map<string, One[]>()
  for (const [nth, run] of runs.entries()) {
    for (const judged of Object.values(queries[nth]?.data?.outputs ?? {}))
      outputs.set(judged.column, [...(outputs.get(judged.column) ?? []), { ...run, judged }])
  }
  return [...outputs].map(([name, ones]) => <Output key={name} name={name} ones={ones.slice(0, MOST)} />)
}

function Output({ name, ones }: { name: string; ones: One[] }) {
  const curves = ones.flatMap(({ id, name: run, judged }) =>
    judged.kind === 'classes' && judged.roc ? [{ name: run, color: runColor(id), points: judged.roc }] : [],
  )
  return (
    <Section title={say('Held-back rows: {name}', { name })}>
      {curves.length > 1 && (
        <Square
          label={say('ROC of {name}', { name })}
          across={say('false positives')}
          up={say('true positives')}
          paths={curves}
          span={[0, 1]}
        />
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" mt="md">
        {ones.map(({ id, name: run, judged }) => (
          <div key={id}>
            <Text component="h3" fz="sm" fw={600} mt={0} mb={8} className={css.run}>
              <i style={{ background: runColor(id) }} aria-hidden />
              {run}
            </Text>
            <ScoresOf judged={judged} />
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
              <Drawings name={`${name}, ${run}`} judged={plain(judged)} color={runColor(id)} />
            </SimpleGrid>
          </div>
        ))}
      </SimpleGrid>
    </Section>
  )
}

/** Without the curves that lie over one another above. */
function plain(judged: Judged): Judged {
  return judged.kind === 'classes' ? { ...judged, roc: undefined } : judged
}
