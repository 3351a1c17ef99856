import { CloseButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Run } from '#client'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'
import css from './Compare.module.css'

/** The runs that lie side by side, each in its colour, and each can be taken away. */
export function Chips({ runs, onDrop }: { runs: Run[]; onDrop: (id: string) => void }) {
  return (
    <ul className={css.chips} aria-label={say('Compared runs')}>
      {runs.map((run) => (
        <li key={run.id} className={css.chip}>
          <i style={{ background: runColor(run.id) }} />
          <Link to="/runs/$runId" params={{ runId: run.id }} className="ellipsis">
            {run.name}
          </Link>
          <CloseButton
            size="xs"
            aria-label={say('Without {name}', { name: run.name })}
            onClick={() => onDrop(run.id)}
          />
        </li>
      ))}
    </ul>
  )
}
