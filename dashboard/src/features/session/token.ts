/** The link's token is taken out of the address before anything else can see it. */
export function takeToken(): string | null {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token')
  if (token) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  return token
}
