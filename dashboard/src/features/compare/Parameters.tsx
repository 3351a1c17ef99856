import { Select, SimpleGrid, Stack, Text } from '@mantine/core'
import type { Run } from '#client'
import { Section } from '#shared/Section.tsx'
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
      title="What was varied"
      aside={
        <Select
          size="xs"
          w={170}
          aria-label="Score to compare by"
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
          The best by {chosen.name} is <b>{best?.name}</b>.
        </Text>
        <Parallel runs={runs} rows={[...varied, chosen]} />
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
          {varied.slice(0, 3).map((row) => (
            <figure key={row.name} style={{ margin: 0 }}>
              <Text component="figcaption" fz={12} fw={500}>
                {chosen.name} against {shortName(row.name)}
              </Text>
              <Scatter runs={runs} by={row} score={chosen} />
            </figure>
          ))}
        </SimpleGrid>
      </Stack>
    </Section>
  )
}
