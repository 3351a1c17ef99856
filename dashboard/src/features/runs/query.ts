import { type RunStatus, STATUSES } from '#shared/Status.tsx'

/**
 * What is typed to find runs: `status:running val_loss<0.4 tag:team=vision layer:Dense`, and words of the name.
 * The text is the truth and stands in the address; what is asked of the service is read from it.
 */

export type Filter = { text: string; kind: 'status' | 'tag' | 'layer' | 'metric' | 'wrong'; value: string }

export type Query = { filters: Filter[]; words: string }

const CLAIM = /^([^\s<>=":]+)(<=|>=|<|>|=)([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?)$/i
const PIECES = /(?:[^\s"]|"[^"]*"?)+/g

function readFilter(text: string): Filter | null {
  const [, key, rest] = /^(status|tag|layer):(.*)$/s.exec(text) ?? []
  if (key) {
    const value = rest?.replaceAll('"', '') ?? ''
    const isWrong = value === '' || (key === 'status' && value.split(',').some((one) => !isStatus(one)))
    return { text, kind: isWrong ? 'wrong' : (key as Filter['kind']), value }
  }
  return CLAIM.test(text) ? { text, kind: 'metric', value: text } : null
}

function isStatus(word: string): word is RunStatus {
  return STATUSES.some((one) => one === word)
}

export function readQuery(text: string): Query {
  const filters: Filter[] = []
  const words: string[] = []
  for (const piece of text.match(PIECES) ?? []) {
    const filter = readFilter(piece)
    if (filter) filters.push(filter)
    else words.push(piece.replaceAll('"', ''))
  }
  return { filters, words: words.join(' ') }
}

export function writeQuery(query: Query): string {
  const plain = query.words.trim().split(/\s+/)
  const words = plain.map((word) => (readFilter(word) ? `"${word}"` : word)).join(' ')
  return [...query.filters.map((filter) => filter.text), words].filter(Boolean).join(' ')
}

/** Of a text that is being typed: the filters that are finished (something follows them), and what is not. */
export function takeFilters(typed: string, isFinished: boolean): { filters: Filter[]; rest: string } {
  const pieces = typed.match(PIECES) ?? []
  const open = isFinished || /\s$/.test(typed) ? null : pieces.at(-1)
  const filters: Filter[] = []
  const rest: string[] = []
  pieces.forEach((piece, nth) => {
    const filter = piece === open && nth === pieces.length - 1 ? null : readFilter(piece)
    if (filter && filter.kind !== 'wrong') filters.push(filter)
    else rest.push(piece)
  })
  return { filters, rest: filters.length > 0 ? rest.join(' ') : typed }
}

export type QueryAsked = { status?: RunStatus[]; tag?: string[]; layer?: string[]; metric?: string[]; search?: string }

/** As the service wants it; what is wrong is left out, and the page says so. */
export function askFor({ filters, words }: Query): QueryAsked {
  const of = (kind: Filter['kind']) => filters.filter((one) => one.kind === kind).map((one) => one.value)
  const given = <T>(values: T[]) => (values.length > 0 ? values : undefined)
  return {
    status: given(of('status').flatMap((value) => value.split(',').filter(isStatus))),
    tag: given(of('tag').map((value) => value.replace('=', ':'))),
    layer: given(of('layer')),
    metric: given(of('metric')),
    search: words || undefined,
  }
}

export function statusesOf({ filters }: Query): RunStatus[] {
  return askFor({ filters, words: '' }).status ?? []
}

/** The query that asks for these statuses and for all else that it asked for before. */
export function withStatuses(query: Query, statuses: RunStatus[]): Query {
  const others = query.filters.filter((one) => one.kind !== 'status')
  const text = `status:${statuses.join(',')}`
  const status: Filter[] = statuses.length > 0 ? [{ text, kind: 'status', value: statuses.join(',') }] : []
  return { ...query, filters: [...status, ...others] }
}
