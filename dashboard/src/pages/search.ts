import { STATUSES } from '#shared/Status.tsx'

/** What an address may carry after its `?`: read once, whatever somebody typed there. */

type Search = Record<string, unknown>

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export type Filters = { q?: string; sort?: string; columns?: string; group?: string; closed?: string }

/** The list of runs; `status` and `search` are how older links ask. */
export function readFilters(search: Search): Filters {
  const given: unknown[] = Array.isArray(search.status) ? search.status : [search.status]
  const statuses = STATUSES.filter((one) => given.includes(one))
  const asked = [statuses.length > 0 && `status:${statuses.join(',')}`, word(search.search), word(search.q)]
  return {
    q: asked.filter(Boolean).join(' ') || undefined,
    sort: word(search.sort),
    columns: word(search.columns),
    group: [word(search.group)].find((group) => group && /^[pt]\../.test(group)),
    closed: word(search.closed),
  }
}

export const COMPARED_TABS = ['overview', 'models', 'log', 'tensorboard'] as const
export type ComparedTab = (typeof COMPARED_TABS)[number]
export type Compared = { runs?: string; metric?: string; tab?: ComparedTab; find?: string; models?: string }

/** Which runs lie side by side (ids with commas between them), what of them, by which score, looked for what. */
export function readCompared(search: Search): Compared {
  return {
    runs: word(search.runs),
    metric: word(search.metric),
    tab: COMPARED_TABS.find((tab) => tab === search.tab),
    find: word(search.find),
    models: word(search.models),
  }
}

export const TABS = [
  'overview',
  'curves',
  'log',
  'evaluation',
  'layers',
  'spec',
  'tensorboard',
  'predict',
  'artifacts',
  'events',
] as const
export type Tab = (typeof TABS)[number]

/** `layer`: whose weights the tab of the layers shows. */
export function readTab(search: Search): { tab?: Tab; layer?: string } {
  return { tab: TABS.find((tab) => tab === search.tab), layer: word(search.layer) }
}

export type Draft = {
  template?: string
  dataset?: string
  target?: string
  project?: string
  run?: string
  /** A change to the run's spec, `fit.batch_size=16`. */
  set?: string
  /** The place of the spec to begin at, a JSON Pointer. */
  at?: string
}

export function readDraft(search: Search): Draft {
  return {
    template: word(search.template),
    dataset: word(search.dataset),
    target: word(search.target),
    run: word(search.run),
    set: word(search.set),
    at: word(search.at),
    project: word(search.project),
  }
}

/** The version that a component is compared with. */
export function readVersion(search: Search): { from?: number } {
  const from = Number(search.from)
  return { from: Number.isInteger(from) && from > 0 ? from : undefined }
}

/** Where to go after signing in: an address of this dashboard, never another one's. */
export function readBack(search: Search): { back?: string; refused?: string } {
  const back = word(search.back)
  const isOurs = back?.startsWith('/') && !back.startsWith('//') && !back.startsWith('/sign-in') && !back.includes('\\')
  return { back: isOurs ? back : undefined, refused: word(search.refused) }
}
