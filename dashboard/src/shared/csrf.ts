import { getMe } from '#client'

export const CSRF_HEADER = 'X-CSRF-Token'

let known: Promise<string | null> | null = null

/** What a change must show beside the session's cookie, asked of the service once; null for who is not signed in. */
export function csrfToken(): Promise<string | null> {
  known ??= getMe().then(({ data }) => {
    if (!data?.csrf_token) forgetCsrfToken()
    return data?.csrf_token ?? null
  })
  return known
}

/** Another session, or none: ask again before the next change. */
export function forgetCsrfToken(): void {
  known = null
}
