import { Select, SimpleGrid, Stack, Text } from '@mantine/core'
import type { Run } from '#client'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import { ranks, tellingRows, usualMetric } from './axes.ts'
import { scoreRows, specRows } from './differences.ts'
import { Parallel, shortName } from './Parallel.tsx'
import { Scatter } from './Scatter.tsx'

type Props = { runs: Run[]; metric: string | undefined; onMetric: (metric: string | undefined) => void }

/** What was varied against what came of it. */
export function Parameters({ runs, metric, onMetric }: Props) {
  const scores = scoreRows(runs)
  const chosen = scores.find(
    ({ name }) =>
      name ===
      (metric ??
        usualMetric(
          scores,
          runs.map((run) => run.monitor),
        )),
  )
  const varied = tellingRows(specRows(runs))
  if (!chosen || varied.length === 0) return null
  const best = runs[ranks(chosen)[0] ?? 0]
  return (
    <Section
      title={say('What was varied')}
      aside={
        <Select
          size="xs"
          w={170}
          aria-label={say('Score to compare by')}
          data={scores.map(({ name }) => name)}
          value={chosen.name}
          onChange={(name) => onMetric(name ?? undefined)}
          allowDeselect={false}
          searchable
        />
      }
    >
      <Stack gap="lg">
        <Text fz="sm" c="dimmed" m={0}>
          {say('The best by {metric}:', { metric: chosen.name })} <b>{best?.name}</b>
        </Text>
        <Parallel runs={runs} rows={[...varied, chosen]} />
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
          {varied.slice(0, 3).map((row) => (
            <figure key={row.name} style={{ margin: 0 }}>
              <Text component="figcaption" fz={12} fw={500}>
                {say('{metric} against {parameter}', { metric: chosen.name, parameter: shortName(row.name) })}
              </Text>
              <Scatter runs={runs} by={row} score={chosen} />
            </figure>
          ))}
        </SimpleGrid>
      </Stack>
    </Section>
  )
}
