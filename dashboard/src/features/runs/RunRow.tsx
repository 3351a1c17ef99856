import { Checkbox } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { memo } from 'react'
import type { RunListed } from '#client'
import { Ago, Lasted } from '#shared/Ago.tsx'
import { formatMetric } from '#shared/numbers.ts'
import { Status } from '#shared/Status.tsx'
import { say, sayWord } from '#shared/words.ts'
import { columnValue, isFixed } from './columns.ts'
import { ProgressBar, ProgressWords } from './ProgressBar.tsx'
import { mainMetric } from './progress.ts'
import { sketchQuery } from './queries.ts'
import css from './RunsTable.module.css'
import { Sparkline } from './Sparkline.tsx'

type Props = {
  run: RunListed
  columns: readonly string[]
  index: number
  isTicked: boolean
  onTick: (isOn: boolean) => void
  measure: (element: HTMLElement | null) => void
}

export const RunRow = memo(
  Row,
  (was, is) =>
    was.run === is.run && was.columns === is.columns && was.index === is.index && was.isTicked === is.isTicked,
)

function Row({ run, columns, index, isTicked, onTick, measure }: Props) {
  const navigate = useNavigate()
  return (
    // The name is the link for the keyboard; the row only widens the aim.
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={`aim ${css.row}`}
      data-ticked={isTicked || undefined}
      onClick={(event) => {
        const isOwn = event.target instanceof Element && event.target.closest('a, input, label')
        if (!isOwn) void navigate({ to: '/runs/$runId', params: { runId: run.id } })
      }}
    >
      <td className={css.tick}>
        <Checkbox
          size="xs"
          aria-label={say('Choose {name}', { name: run.name })}
          checked={isTicked}
          onChange={(event) => onTick(event.currentTarget.checked)}
        />
      </td>
      <td className={css.status}>
        <Status status={run.status} wanted={run.wanted} />
      </td>
      <td className={css.name}>
        <Link to="/runs/$runId" params={{ runId: run.id }} className={css.link}>
          {run.name}
        </Link>
        <Tags tags={run.tags} shown={columns} />
      </td>
      {columns.map((column) => (
        <Cell key={column} run={run} column={column} />
      ))}
    </tr>
  )
}

function Cell({ run, column }: { run: RunListed; column: string }) {
  if (isFixed(column)) return <FixedCell run={run} column={column} />
  const isTag = column.startsWith('t.')
  const value = columnValue(run, column)
  return (
    <td className={`ellipsis ${css.own} ${isTag ? '' : 'right'}`} title={value ?? undefined}>
      {value ?? <span className="dim">·</span>}
    </td>
  )
}

function FixedCell({ run, column }: { run: RunListed; column: string }) {
  switch (column) {
    case 'data':
      return (
        <td className={`dim ellipsis ${css.data}`}>
          {run.datasets.map((one) => `${one.name}@${one.version}`).join(', ')}
        </td>
      )
    case 'curve':
      return (
        <td className={css.curve}>
          <Curve run={run} />
        </td>
      )
    case 'progress':
      return (
        <td className={css.progress}>
          <RunProgress run={run} />
        </td>
      )
    case 'best':
      return <Best run={run} />
    case 'owner':
      return <td className={`dim ellipsis ${css.owner}`}>{run.owner}</td>
    default:
      return (
        <td className={`right dim ${css.created}`}>
          <Ago at={run.created_at} />
        </td>
      )
  }
}

function Curve({ run }: { run: RunListed }) {
  const { data } = useQuery(sketchQuery(run))
  return <Sparkline series={data} runId={run.id} />
}

function Best({ run }: { run: RunListed }) {
  const best = mainMetric(run, run.monitor ?? undefined)
  return (
    <td className={`right ${css.best}`}>
      {best && (
        <>
          {formatMetric(best.value)}
          <small className="dim">{best.name}</small>
        </>
      )}
    </td>
  )
}

function Tags({ tags, shown }: { tags: Record<string, string>; shown: readonly string[] }) {
  return Object.entries(tags)
    .filter(([key]) => !shown.includes(`t.${key}`))
    .map(([key, value]) => (
      <span key={key} className={css.tag}>
        {value ? `${key}: ${value}` : key}
      </span>
    ))
}

/** What a row says of how far it is: a bar while it runs, then how it ended and how long it took. */
function RunProgress({ run }: { run: RunListed }) {
  if (run.status === 'queued')
    return <span className="dim">{run.attempt > 0 ? say('Back in the queue') : say('Waits for a worker')}</span>
  if (run.status === 'running') {
    return (
      <div className={css.moving}>
        {run.progress?.epoch ? (
          <ProgressWords progress={run.progress} brief />
        ) : (
          <span className="dim">{run.phase ? sayWord(run.phase) : say('starting')}</span>
        )}
        <ProgressBar progress={run.progress} label={say('Progress of {name}', { name: run.name })} />
      </div>
    )
  }
  return (
    <span className="dim ellipsis">
      {run.failure ? run.failure.kind.replaceAll('_', ' ') : (run.ended_by ?? '').replaceAll('_', ' ')}
      {run.started_at && run.ended_at && (
        <>
          {' · '}
          <Lasted from={run.started_at} to={run.ended_at} />
        </>
      )}
    </span>
  )
}
