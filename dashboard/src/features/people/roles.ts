import type { Role } from '#client'

export const ROLES: Role[] = ['viewer', 'editor', 'owner']
