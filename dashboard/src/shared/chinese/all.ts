import { data } from './data.ts'
import { evaluation } from './evaluation.ts'
import { pages } from './pages.ts'
import { people } from './people.ts'
import { rooms } from './rooms.ts'
import { runs } from './runs.ts'
import { service } from './service.ts'
import { shared } from './shared.ts'
import { specs } from './specs.ts'

/** Chinese, by the English that stands where it is said. */
export const chinese = {
  ...shared,
  ...pages,
  ...runs,
  ...rooms,
  ...data,
  ...evaluation,
  ...specs,
  ...people,
  ...service,
} as const
