import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { acceptInvitation, getMe, getVersion, joinProject, signIn, signOut } from '#client'
import { answer } from '#shared/answer.ts'
import { forgetCsrfToken } from '#shared/csrf.ts'
import { isSignedOut } from '#shared/problem.ts'
import { say } from '#shared/words.ts'

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => answer(getMe()), staleTime: 300_000 })

export const versionQuery = queryOptions({
  queryKey: ['version'],
  queryFn: () => answer(getVersion()),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Opens a session with a one-time token or an API key; everything cached before belongs to nobody. */
export function useSignIn(onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (token: string) => answer(signIn({ body: { token } })),
    onSuccess: () => {
      forgetCsrfToken()
      cache.clear()
      onDone()
    },
  })
}

export function useSignOut(onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => answer(signOut()),
    onSettled: () => {
      forgetCsrfToken()
      cache.clear()
      onDone()
    },
  })
}

/** Follows an invitation, as somebody new or as who one is; a link that is of no use is told here, and signs nobody out. */
export function useInvitation(onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: async ({ token, name }: { token: string; name: string | null }) => {
      const asked = name === null ? joinProject({ body: { token } }) : acceptInvitation({ body: { token, name } })
      return answer(asked).catch((error: Error) => {
        throw isSignedOut(error) ? new Error(name === null ? NOT_IN : error.message) : error
      })
    },
    onSuccess: () => {
      forgetCsrfToken()
      cache.clear()
      onDone()
    },
  })
}

const NOT_IN = say('You are not signed in here: sign in first, then open the link again.')
