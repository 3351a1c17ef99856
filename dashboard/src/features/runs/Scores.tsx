import type { Run } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { Section } from '#shared/Section.tsx'
import { isFinal } from '#shared/Status.tsx'
import { say } from '#shared/words.ts'
import { metricNames, monitorOf, scoreColumns } from './progress.ts'
import css from './Scores.module.css'

const MEANING: Record<string, string> = {
  Best: say('the best epoch by the monitored metric'),
  Last: say('the last epoch trained'),
  Restored: say('the weights that were kept, evaluated again'),
  Test: say('rows never seen in training'),
}

/** Best, last, restored and test, kept apart: they are four different claims. */
export function Scores({ run }: { run: Run }) {
  const columns = scoreColumns(run)
  const monitor = monitorOf(run.spec)
  if (columns.length === 0) {
    return (
      <Section title={say('Scores')}>
        <span className="dim" style={{ fontSize: 13 }}>
          {isFinal(run.status) ? say('No epoch was finished.') : say('They come with the first finished epoch.')}
        </span>
      </Section>
    )
  }
  return (
    <Section title={say('Scores')} flush>
      <table className={`list tight ${css.table}`} aria-label={say('Scores')}>
        <thead>
          <tr>
            <th>{say('Metric')}</th>
            {columns.map(([name, scores]) => (
              <th key={name} className="right" title={MEANING[name]}>
                {name}
                {scores.epoch ? (
                  <small className={css.epoch}> {say('epoch {epoch}', { epoch: scores.epoch })}</small>
                ) : null}
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
