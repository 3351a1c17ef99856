import { Link, useNavigate } from '@tanstack/react-router'
import type { RunListed } from '#client'
import { Ago, Lasted } from '#shared/Ago.tsx'
import { formatMetric } from '#shared/numbers.ts'
import { Status } from '#shared/Status.tsx'
import { ProgressBar, ProgressWords } from './ProgressBar.tsx'
import { mainMetric } from './progress.ts'
import css from './RunsTable.module.css'

/** Runs as rows; on a phone each row becomes two lines. */
export function RunsTable({ runs }: { runs: RunListed[] }) {
  return (
    <table className={`list ${css.table}`} aria-label="Runs">
      <thead>
        <tr>
          <th className={css.status}>Status</th>
          <th>Name</th>
          <th className={css.wide}>Data set</th>
          <th className={css.progress}>Progress</th>
          <th className={`right ${css.metric}`}>Best</th>
          <th className={`right ${css.age}`}>Created</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  )
}

function RunRow({ run }: { run: RunListed }) {
  const navigate = useNavigate()
  const best = mainMetric(run)
  return (
    // The name is the link for the keyboard; the row only widens the aim.
    <tr
      className={`aim ${css.row}`}
      onClick={(event) => {
        if (!(event.target instanceof HTMLAnchorElement))
          void navigate({ to: '/runs/$runId', params: { runId: run.id } })
      }}
    >
      <td className={css.status}>
        <Status status={run.status} wanted={run.wanted} />
      </td>
      <td className={css.name}>
        <Link to="/runs/$runId" params={{ runId: run.id }} className={css.link}>
          {run.name}
        </Link>
        <Tags tags={run.tags} />
      </td>
      <td className={`dim ellipsis ${css.wide}`}>
        {run.datasets.map((one) => `${one.name}@${one.version}`).join(', ')}
      </td>
      <td className={css.progress}>
        <RunProgress run={run} />
      </td>
      <td className={`right ${css.metric}`}>
        {best && (
          <>
            {formatMetric(best.value)}
            <small className="dim">{best.name}</small>
          </>
        )}
      </td>
      <td className={`right dim ${css.age}`}>
        <Ago at={run.created_at} />
      </td>
    </tr>
  )
}

function Tags({ tags }: { tags: Record<string, string> }) {
  return Object.entries(tags).map(([key, value]) => (
    <span key={key} className={css.tag}>
      {value ? `${key}: ${value}` : key}
    </span>
  ))
}

/** What a row says of how far it is: a bar while it runs, then how it ended and how long it took. */
function RunProgress({ run }: { run: RunListed }) {
  if (run.status === 'queued')
    return <span className="dim">{run.attempt > 0 ? 'Back in the queue' : 'Waits for a worker'}</span>
  if (run.status === 'running') {
    return (
      <div className={css.moving}>
        {run.progress?.epoch ? (
          <ProgressWords progress={run.progress} brief />
        ) : (
          <span className="dim">{run.phase ?? 'starting'}</span>
        )}
        <ProgressBar progress={run.progress} label={`Progress of ${run.name}`} />
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
