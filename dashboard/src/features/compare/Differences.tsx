import { Switch } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Run } from '#client'
import { runColor } from '#shared/colors.ts'
import { Section } from '#shared/Section.tsx'
import { say } from '#shared/words.ts'
import css from './Compare.module.css'
import { bestOf, type Row, scoreRows, specRows, valueWords } from './differences.ts'

/** Scores and specs side by side; what all have alike is left out until it is asked for. */
export function Differences({ runs }: { runs: Run[] }) {
  const [all, setAll] = useState(false)
  const kept = (rows: Row[]) => rows.filter((row) => all || row.isDifferent)
  const specs = kept(specRows(runs))
  return (
    <Section
      title={say('Differences')}
      aside={
        <Switch
          size="xs"
          label={say('All rows')}
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      }
      flush
    >
      <table className={`list tight ${css.table}`} aria-label={say('Differences')}>
        <thead>
          <tr>
            <th className={css.path}>{say('Path')}</th>
            {runs.map((run) => (
              <th key={run.id} className="right">
                <Link to="/runs/$runId" params={{ runId: run.id }} className={css.run} title={run.name}>
                  <i style={{ background: runColor(run.id) }} />
                  <span className="ellipsis">{run.name}</span>
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <Part word={say('Scores, at the best epoch')} rows={kept(scoreRows(runs))} runs={runs} />
        <Part word={say('Spec')} rows={specs} runs={runs} />
      </table>
      {specs.length === 0 && <p className={css.alike}>{say('Their specs do not differ in what they learn.')}</p>}
    </Section>
  )
}

function Part({ word, rows, runs }: { word: string; rows: Row[]; runs: Run[] }) {
  if (rows.length === 0) return null
  return (
    <tbody>
      <tr>
        <th colSpan={runs.length + 1} scope="rowgroup" className={css.part}>
          {word}
        </th>
      </tr>
      {rows.map((row) => {
        const best = word === 'Spec' ? null : bestOf(row)
        return (
          <tr key={row.name} data-different={row.isDifferent || undefined}>
            <th scope="row" className={`mono ${css.path}`}>
              {row.name}
            </th>
            {runs.map((run, nth) => (
              <td key={run.id} className="right" data-best={nth === best || undefined}>
                {valueWords(row.values[nth] ?? null)}
              </td>
            ))}
          </tr>
        )
      })}
    </tbody>
  )
}
