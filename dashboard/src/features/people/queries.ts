import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import {
  createKey,
  endSessions,
  invite,
  type KeyAsked,
  listInvitations,
  listKeys,
  listMembers,
  listProjects,
  listSessions,
  type Role,
  removeMember,
  revokeInvitation,
  revokeKey,
  setMember,
} from '#client'
import { answer } from '#shared/answer.ts'

export const peopleKey = ['people'] as const

export const projectsQuery = queryOptions({
  queryKey: [...peopleKey, 'projects'],
  queryFn: () => answer(listProjects()),
})

export function membersQuery(project: string) {
  return queryOptions({
    queryKey: [...peopleKey, project, 'members'],
    queryFn: () => answer(listMembers({ path: { project_id: project } })),
  })
}

export function invitationsQuery(project: string) {
  return queryOptions({
    queryKey: [...peopleKey, project, 'invitations'],
    queryFn: () => answer(listInvitations({ path: { project_id: project } })),
  })
}

export const keysQuery = queryOptions({
  queryKey: [...peopleKey, 'keys'],
  queryFn: () => answer(listKeys({ query: { limit: 100 } })),
})

export const sessionsQuery = queryOptions({
  queryKey: [...peopleKey, 'sessions'],
  queryFn: () => answer(listSessions({ query: { limit: 100 } })),
})

/** Something about people changes; what is shown of them is read anew. */
function useChange<Asked, Told>(change: (asked: Asked) => Promise<Told>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => cache.invalidateQueries({ queryKey: peopleKey }),
  })
}

type OfMember = { project: string; user: string }

export const useSetRole = () =>
  useChange(({ project, user, role }: OfMember & { role: Role }) =>
    answer(setMember({ path: { project_id: project, user_id: user }, body: { role } })),
  )

/** 204 has no body: the answer is that it was done. */
export const useRemoveMember = () =>
  useChange(({ project, user }: OfMember) => done(removeMember({ path: { project_id: project, user_id: user } })))

export const useInvite = (project: string) =>
  useChange((body: { role: Role; note: string }) => answer(invite({ path: { project_id: project }, body })))

export const useRevokeInvitation = (project: string) =>
  useChange((id: string) => done(revokeInvitation({ path: { project_id: project, invitation_id: id } })))

export const useCreateKey = () => useChange((body: KeyAsked) => answer(createKey({ body })))

export const useRevokeKey = () => useChange((id: string) => done(revokeKey({ path: { key_id: id } })))

export const useEndSessions = () => useChange((_: undefined) => done(endSessions()))

async function done(call: Parameters<typeof answer>[0]): Promise<true> {
  await answer(call)
  return true
}
