import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Layer, Weight } from '#client'
import { formatShape } from '#shared/layers.ts'
import { formatCount, formatShare } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Compare.module.css'
import { type Change, gapOf, type Pair, weightsOf } from './layers.ts'
import { weightsQuery } from './queries.ts'
import type { Sides } from './sides.ts'

const WORDS: Record<Change, string> = {
  same: say('same'),
  changed: say('changed'),
  removed: say('removed'),
  added: say('added'),
}

/** Layer beside layer, with shapes, parameters and how far apart the weights are. */
export function LayerPairs({ pairs, sides, all }: { pairs: Pair[]; sides: Sides; all: boolean }) {
  const query = useQuery(weightsQuery(...sides))
  return (
    <table className={`list tight ${css.table} ${css.pairs}`} aria-label={say('Layers')}>
      <thead>
        <tr>
          <th>{say('Kind of change')}</th>
          <th>{say('Layer')}</th>
          <th>{say('Kind')}</th>
          <th>{say('Output shape')}</th>
          <th className="right">{say('Parameters')}</th>
          <th className="right">{say('Weights apart')}</th>
        </tr>
      </thead>
      <tbody>
        {pairs
          .filter(({ change }) => all || change !== 'same')
          .map((pair) => (
            <tr key={`${pair.before?.name} ${pair.after?.name}`} data-change={pair.change}>
              <td className={css.change}>{WORDS[pair.change]}</td>
              <td>{both(pair, ({ name }) => name)}</td>
              <td className="dim">{both(pair, (layer) => layer.class)}</td>
              <td className="mono">{both(pair, (layer) => formatShape(layer.output_shape))}</td>
              <td className="right">{both(pair, (layer) => formatCount(layer.parameters ?? 0))}</td>
              <td className="right">
                {query.isPending ? (
                  <Skeleton h={10} w={46} ml="auto" />
                ) : (
                  <Gap pair={pair} weights={query.data?.data} />
                )}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}

/** What the last column means, or why it is empty. */
export function AboutWeights({ sides }: { sides: Sides }) {
  const { error, data } = useQuery(weightsQuery(...sides))
  return (
    <Text fz="xs" c="dimmed" m={0}>
      {error?.message ?? (data === null ? say('One of them has no checkpoint yet.') : TOLD)}
    </Text>
  )
}

const TOLD = say(
  'Weights apart: the length of the difference as a share of the weights’ own, where a layer has the same name and shapes in both. Trained from different beginnings, about 140 % is no likeness at all.',
)

/** What both have alike is said once. */
function both({ before, after }: Pair, tell: (layer: Layer) => string): string {
  const [one, other] = [before && tell(before), after && tell(after)]
  if (one === null || other === null || one === other) return one ?? other ?? ''
  return `${one} → ${other}`
}

function Gap({ pair, weights }: { pair: Pair; weights: Weight[] | undefined }) {
  const isOne = pair.before?.name === pair.after?.name && pair.before !== null
  const gap = isOne && pair.before && weights ? gapOf(weightsOf(pair.before, weights)) : null
  if (gap === null) return <span className="dim">—</span>
  return (
    <span className={css.gap}>
      <i style={{ width: `${Math.min(1, gap / Math.SQRT2) * 44}px` }} aria-hidden />
      {gap === 0 ? say('equal') : formatShare(gap)}
    </span>
  )
}
