import type { Checkpoint } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { say, sayWord } from '#shared/words.ts'
import type { Mark } from './options.ts'
import type { Steering } from './queries.ts'

type Told = { best: number | null; last: number | null; endedBy: string | null; steering: Steering[] }

/** What a curve's reader should know of: its best epoch, why it ended early, what was changed under way. */
export function marksOf({ best, last, endedBy, steering }: Told): Mark[] {
  const marks: Mark[] = []
  if (best !== null) marks.push({ at: best, word: say('best'), color: '--hg-good' })
  if (endedBy === 'early_stopping' && last !== null && last !== best)
    marks.push({ at: last, word: say('stopped early'), color: '--hg-warn' })
  for (const { epoch, changes } of steering) marks.push({ at: epoch, word: tell(changes), color: '--hg-busy' })
  return marks
}

function tell(changes: Steering['changes']): string {
  return Object.entries(changes)
    .map(([name, value]) => `${sayWord(name)} ${typeof value === 'number' ? short(value) : '…'}`)
    .join(', ')
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : formatMetric(value)
}

/** One pointer for each epoch of which a checkpoint is kept. */
export function feetOf(checkpoints: Pick<Checkpoint, 'name' | 'epoch'>[]): Mark[] {
  return [...new Set(checkpoints.map(({ epoch }) => epoch))].map((at) => {
    const kept = checkpoints.filter(({ epoch }) => epoch === at)
    const names = kept.map(({ name }) => name).join(', ')
    return {
      at,
      word: say('Checkpoint of epoch {epoch}: {names}', { epoch: at, names }),
      color: '--hg-busy',
      key: names,
    }
  })
}
