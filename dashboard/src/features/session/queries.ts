import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { getMe, getVersion, signIn, signOut } from '#client'
import { answer } from '#shared/answer.ts'

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
      cache.clear()
      onDone()
    },
  })
}
