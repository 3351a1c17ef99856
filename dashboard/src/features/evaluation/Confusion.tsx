import type { CSSProperties } from 'react'
import { formatCount, formatShare } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'
import css from './Evaluation.module.css'
import type { JudgedClasses } from './queries.ts'

/** Truth down, answers across: what is right lies on the diagonal; a cell is the darker the more of its row it holds. */
export function Confusion({ judged, name }: { judged: JudgedClasses; name: string }) {
  const { labels, confusion, confused } = judged
  if (!confusion) return confused ? <Pairs pairs={confused} /> : null
  return (
    <table className={css.matrix} aria-label={say('Confusion of {name}', { name })}>
      <thead>
        <tr>
          <td className="dim">{say('truth \\ answer')}</td>
          {labels.map((label) => (
            <th key={String(label)} scope="col" className="ellipsis">
              {String(label)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {confusion.map((row, truth) => (
          <tr key={String(labels[truth])}>
            <th scope="row" className="ellipsis">
              {String(labels[truth])}
            </th>
            {row.map((count, at) => (
              <Cell key={String(labels[at])} count={count} of={row} isRight={truth === at} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cell({ count, of, isRight }: { count: number; of: number[]; isRight: boolean }) {
  const share =
    count /
    Math.max(
      1,
      of.reduce((sum, one) => sum + one, 0),
    )
  const look = { '--share': share, '--tone': isRight ? 'var(--hg-good)' : 'var(--hg-bad)' } as CSSProperties
  return (
    <td className={css.cell} style={look} title={say('{share} of its row', { share: formatShare(share) })}>
      {formatCount(count)}
    </td>
  )
}

/** Of very many classes, those that are taken for one another most. */
function Pairs({ pairs }: { pairs: NonNullable<JudgedClasses['confused']> }) {
  return (
    <table className="list tight" aria-label={say('Taken for one another most')}>
      <thead>
        <tr>
          <th>{say('Truth')}</th>
          <th>{say('Answer')}</th>
          <th className="right">{say('Rows')}</th>
        </tr>
      </thead>
      <tbody>
        {pairs.map((pair) => (
          <tr key={`${pair.truth} ${pair.answer}`}>
            <td>{String(pair.truth)}</td>
            <td>{String(pair.answer)}</td>
            <td className="right">{formatCount(pair.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
