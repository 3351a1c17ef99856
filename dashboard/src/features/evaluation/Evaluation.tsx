import { Paper, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconTargetArrow } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Loaded } from '#shared/Loaded.tsx'
import { formatCount, formatMetric, formatShare } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { Wide } from '#shared/Wide.tsx'
import { say, sayWord } from '#shared/words.ts'
import { Confusion } from './Confusion.tsx'
import css from './Evaluation.module.css'
import { evaluationQuery, type Evaluation as Found, type Judged } from './queries.ts'
import { Residuals } from './Residuals.tsx'
import { Square } from './Square.tsx'
import { WorstRows } from './WorstRows.tsx'

/** How the model answers rows that it never saw: what it takes for what, how far off it is, and where it is worst. */
export function Evaluation({ runId, isOver }: { runId: string; isOver: boolean }) {
  const query = useQuery({ ...evaluationQuery(runId), enabled: isOver })
  if (!isOver) return <None isOver={false} />
  return <Loaded query={query}>{(found) => (found ? <Outputs found={found} /> : <None isOver={isOver} />)}</Loaded>
}

function Outputs({ found }: { found: Found }) {
  return (
    <Stack gap="md">
      <Text fz="sm" c="dimmed" m={0}>
        {say('{rows} of {total} rows of the part “{part}”', {
          rows: formatCount(found.rows),
          total: formatCount(found.total),
          part: sayWord(found.part),
        })}
      </Text>
      {Object.entries(found.outputs).map(([name, judged]) => (
        <Output key={name} name={judged.column} judged={judged} />
      ))}
    </Stack>
  )
}

function Output({ name, judged }: { name: string; judged: Judged }) {
  return (
    <>
      <Section title={name}>
        <ScoresOf judged={judged} />
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="xl">
          <Drawings name={name} judged={judged} color="var(--hg-train)" />
        </SimpleGrid>
      </Section>
      <WorstRows name={name} rows={judged.worst} isNumber={judged.kind === 'numbers'} />
    </>
  )
}

export function ScoresOf({ judged }: { judged: Judged }) {
  const scores: [string, string | null][] =
    judged.kind === 'classes'
      ? [
          [say('Accuracy'), formatShare(judged.accuracy)],
          [say('ROC area'), judged.roc_auc === undefined ? null : formatMetric(judged.roc_auc)],
          [
            say('Average precision'),
            judged.average_precision === undefined ? null : formatMetric(judged.average_precision),
          ],
        ]
      : [
          ['R²', judged.r2 === null ? null : formatMetric(judged.r2)],
          [say('Mean error'), formatMetric(judged.mae)],
          [say('Root mean square'), formatMetric(judged.rmse)],
          [say('Bias'), formatMetric(judged.bias)],
        ]
  return (
    <dl className={css.facts}>
      {scores.map(([word, value]) =>
        value === null ? null : (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

export function Drawings({ name, judged, color }: { name: string; judged: Judged; color: string }) {
  if (judged.kind === 'numbers')
    return (
      <>
        <Square
          label={say('Answers over truths of {name}', { name })}
          across={say('truth')}
          up={say('answer')}
          dots={[{ color, points: judged.points }]}
          ends={formatMetric}
        />
        <Residuals judged={judged} color={color} name={name} />
      </>
    )
  return (
    <>
      <Wide>
        <Confusion judged={judged} name={name} />
      </Wide>
      {judged.roc && (
        <Square
          label={say('ROC of {name}', { name })}
          across={say('false positives')}
          up={say('true positives')}
          paths={[{ name, color, points: judged.roc }]}
          span={[0, 1]}
        />
      )}
      {judged.precision_recall && (
        <Square
          label={say('Precision over recall of {name}', { name })}
          across={say('recall')}
          up={say('precision')}
          paths={[{ name, color, points: judged.precision_recall }]}
          span={[0, 1]}
        />
      )}
    </>
  )
}

function None({ isOver }: { isOver: boolean }) {
  return (
    <Paper>
      <Empty icon={IconTargetArrow} title={isOver ? say('Nothing was judged') : say('It is judged at its end')}>
        {isOver
          ? say(
              'A run judges its answers where it holds rows back (split), and its targets are classes or single numbers.',
            )
          : say(
              'When it has trained, the rows that were held back are answered: what is taken for what, and where it is worst.',
            )}
      </Empty>
    </Paper>
  )
}
