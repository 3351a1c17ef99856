import { components } from './components.ts'
import { data } from './data.ts'
import { evaluation } from './evaluation.ts'
import { first } from './first.ts'
import { people } from './people.ts'
import { rooms } from './rooms.ts'
import { specs } from './specs.ts'

/** Chinese, by the English that stands where it is said. */
export const chinese = {
  ...first,
  ...rooms,
  ...data,
  ...components,
  ...evaluation,
  ...specs,
  ...people,
} as const
