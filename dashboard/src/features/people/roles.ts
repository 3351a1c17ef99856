import type { Role } from '#client'
import { sayWord } from '#shared/words.ts'

const ROLES: Role[] = ['viewer', 'editor', 'owner']

export const ROLE_CHOICES = ROLES.map((value) => ({ value, label: sayWord(value) }))
