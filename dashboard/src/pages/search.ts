import { type RunStatus, STATUSES } from '#shared/Status.tsx'

/** What an address may carry after its `?`: read once, whatever somebody typed there. */

type Search = Record<string, unknown>

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export type Filters = { status?: RunStatus[]; search?: string }

export function readFilters(search: Search): Filters {
  const given: unknown[] = Array.isArray(search.status) ? search.status : [search.status]
  const status = STATUSES.filter((one) => given.includes(one))
  return { status: status.length > 0 ? status : undefined, search: word(search.search) }
}

export const TABS = [
  'overview',
  'curves',
  'log',
  'layers',
  'spec',
  'tensorboard',
  'predict',
  'artifacts',
  'events',
] as const
export type Tab = (typeof TABS)[number]

export function readTab(search: Search): { tab?: Tab } {
  return { tab: TABS.find((tab) => tab === search.tab) }
}

export type Draft = { template?: string; dataset?: string; target?: string; run?: string; project?: string }

export function readDraft(search: Search): Draft {
  return {
    template: word(search.template),
    dataset: word(search.dataset),
    target: word(search.target),
    run: word(search.run),
    project: word(search.project),
  }
}

/** Where to go after signing in: an address of this dashboard, never another one's. */
export function readBack(search: Search): { back?: string; refused?: string } {
  const back = word(search.back)
  const isOurs = back?.startsWith('/') && !back.startsWith('//') && !back.startsWith('/sign-in') && !back.includes('\\')
  return { back: isOurs ? back : undefined, refused: word(search.refused) }
}
