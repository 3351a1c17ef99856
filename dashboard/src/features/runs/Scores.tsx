import type { Run } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { isFinal } from '#shared/Status.tsx'
import { metricNames, monitorOf, scoreColumns } from './progress.ts'
import css from './Scores.module.css'

const MEANING: Record<string, string> = {
  Best: 'the best epoch by the monitored metric',
  Last: 'the last epoch trained',
  Restored: 'the weights that were kept, evaluated again',
  Test: 'rows never seen in training',
}

/** Best, last, restored and test, kept apart: they are four different claims. */
export function Scores({ run }: { run: Run }) {
  const columns = scoreColumns(run)
  const monitor = monitorOf(run.spec)
  if (columns.length === 0) {
    return (
      <Section title="Scores">
        <span className="dim" style={{ fontSize: 13 }}>
          {isFinal(run.status) ? 'No epoch was finished.' : 'They come with the first finished epoch.'}
        </span>
      </Section>
    )
  }
  return (
    <Section title="Scores" flush>
      <table className={`list tight ${css.table}`} aria-label="Scores">
        <thead>
          <tr>
            <th>Metric</th>
            {columns.map(([name, scores]) => (
              <th key={name} className="right" title={MEANING[name]}>
                {name}
                {scores.epoch ? <small className={css.epoch}> epoch {scores.epoch}</small> : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {metricNames(columns).map((metric) => (
            <tr key={metric}>
              <td style={{ fontWeight: metric === monitor ? 600 : undefined }}>{metric}</td>
              {columns.map(([name, scores]) => (
                <td key={name} className="right">
                  {metric in (scores.metrics ?? {}) ? (
                    formatMetric(scores.metrics?.[metric])
                  ) : (
                    <span className="dim">·</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
