import { pages } from './pages.ts'
import { runs } from './runs.ts'
import { service } from './service.ts'
import { shared } from './shared.ts'

/** What the frame and the list of runs say: all that is spoken before another page is opened. */
export const first = { ...shared, ...pages, ...runs, ...service } as const
