import type { Run } from '#client'
import { formatMetric } from '#shared/numbers.ts'
import { say } from '#shared/words.ts'

/**
 * What to do about a failure: go on from the last checkpoint, train the same again, or open the spec with a change made, or
 * at the place that is at fault.
 */
export type Mend =
  | { how: 'extend'; word: string; epochs: number }
  | { how: 'again'; word: string }
  | { how: 'draft'; word: string; set?: string; at?: string }

type Failed = Pick<Run, 'failure' | 'spec' | 'progress' | 'last'>
type Table = Record<string, unknown>

function tableAt(spec: Table, ...path: string[]): Table {
  let found: unknown = spec
  for (const step of path) found = typeof found === 'object' && found !== null ? (found as Table)[step] : undefined
  return typeof found === 'object' && found !== null ? (found as Table) : {}
}

function smallerBatch(spec: Table): Mend | null {
  const size = tableAt(spec, 'fit').batch_size
  if (typeof size !== 'number' || size < 2) return null
  const half = Math.floor(size / 2)
  return { how: 'draft', word: say('Try again with batches of {size}', { size: half }), set: `fit.batch_size=${half}` }
}

function slower(spec: Table): Mend | null {
  const rate = tableAt(spec, 'compile', 'optimizer', 'config').learning_rate
  if (typeof rate !== 'number' || rate <= 0) return null
  const tenth = Number((rate > 0.1 ? 0.01 : rate / 10).toPrecision(3))
  const word = say('Try again with a learning rate of {rate}', { rate: formatMetric(tenth) })
  return { how: 'draft', word, set: `compile.optimizer.config.learning_rate=${tenth}` }
}

function longer(spec: Table): Mend | null {
  const minutes = tableAt(spec, 'resources').max_minutes
  if (typeof minutes !== 'number') return null
  const word = say('Try again with {minutes} minutes', { minutes: minutes * 2 })
  return { how: 'draft', word, set: `resources.max_minutes=${minutes * 2}` }
}

/** The epochs that are left, from the last checkpoint on; else all of it again. */
function goOn({ spec, last, progress }: Failed): Mend {
  const planned = progress?.epochs ?? tableAt(spec, 'fit').epochs
  const left = typeof planned === 'number' && last?.epoch ? planned - last.epoch : 0
  if (left > 0) return { how: 'extend', word: say('Go on after epoch {epoch}', { epoch: last?.epoch }), epochs: left }
  return { how: 'again', word: say('Train it again') }
}

function isNamedIn(message: string, name: unknown): boolean {
  return typeof name === 'string' && name !== '' && ['"', "'", '“', '`'].some((mark) => message.includes(mark + name))
}

/** The layer or the input that a message names, as a JSON Pointer into the spec; else the section it is about. */
export function pointerOf({ failure, spec }: Pick<Run, 'failure' | 'spec'>): string {
  const message = `${failure?.message} ${failure?.frame ?? ''}`
  const layers = Object.values(tableAt(spec, 'model', 'layers')) as Table[]
  const nth = layers.findIndex((layer) => isNamedIn(message, layer?.name) || isNamedIn(message, nameIn(layer)))
  if (nth >= 0) return `/model/layers/${nth}`
  const inputs = Object.entries(tableAt(spec, 'inputs')) as [string, Table][]
  const [named] = inputs.find(([name, one]) => isNamedIn(message, name) || isNamedIn(message, one?.column)) ?? []
  if (named !== undefined) return `/inputs/${named.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return failure?.kind === 'data' ? '/inputs' : '/model'
}

function nameIn(layer: Table): unknown {
  return tableAt(layer ?? {}, 'layer', 'config').name ?? tableAt(layer ?? {}, 'config').name
}

/** What is worth a try after this failure, best first. */
export function mendOf(run: Failed): Mend | null {
  switch (run.failure?.kind) {
    case 'oom':
      return smallerBatch(run.spec)
    case 'non_finite':
      return slower(run.spec)
    case 'timeout':
      return longer(run.spec)
    case 'user_code':
    case 'data':
      return { how: 'draft', word: say('Mend it in the spec'), at: pointerOf(run) }
    case 'worker_lost':
    case 'stalled':
    case 'disk':
    case 'internal':
      return goOn(run)
    default:
      return null
  }
}
