import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '#shared/global.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { CSRF_HEADER, csrfToken, forgetCsrfToken } from '#shared/csrf.ts'
import { cssVariables, theme } from '#shared/theme.ts'
import { say } from '#shared/words.ts'
import { makeCache } from './cache.ts'
import { client } from './client/client.gen.ts'
import { router } from './router.tsx'

/** What is told before it is there waits in its store. */
const Notifications = lazy(() => import('@mantine/notifications').then((found) => ({ default: found.Notifications })))

client.setConfig({ baseUrl: '', credentials: 'same-origin' })

client.interceptors.request.use(async (request, { security }) => {
  const token = request.method !== 'GET' && security ? await csrfToken() : null
  if (token) request.headers.set(CSRF_HEADER, token)
  return request
})
client.interceptors.response.use((response) => {
  if (response.status === 401 || response.status === 403) forgetCsrfToken()
  return response
})

/** The session is over: sign in, and come back to where one was. */
function leaveForSignIn() {
  const { pathname, href } = router.state.location
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { back: href }, replace: true })
}

/** Menus, dialogs and what else lies over the page are a landmark of it: Mantine takes the node that it finds. */
function makePlaceForMenus(): void {
  const place = document.createElement('div')
  place.setAttribute('data-mantine-shared-portal-node', 'true')
  place.setAttribute('role', 'region')
  place.setAttribute('aria-label', say('Over the page'))
  document.body.append(place)
}

export function start(): void {
  makePlaceForMenus()
  const root = document.getElementById('root')
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
          <QueryClientProvider client={makeCache(leaveForSignIn)}>
            <RouterProvider router={router} />
            <Suspense>
              <Notifications position="bottom-right" />
            </Suspense>
          </QueryClientProvider>
        </MantineProvider>
      </StrictMode>,
    )
  }
}
