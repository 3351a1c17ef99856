import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent as lazily,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { BrokenPage } from '#pages/BrokenPage.tsx'
import { MissingPage } from '#pages/MissingPage.tsx'
import { RunsPage } from '#pages/RunsPage.tsx'
import { Shell } from '#pages/Shell.tsx'
import { readBack, readCompared, readDraft, readFilters, readTab, readVersion } from '#pages/search.ts'
import { learnRest } from '#shared/words.ts'

/** A page that is fetched when it is wanted, once its words are there. */
const lazyRouteComponent: typeof lazily = (read, name) => lazily(() => learnRest().then(read), name)

const root = createRootRoute({ component: Outlet, notFoundComponent: MissingPage, errorComponent: BrokenPage })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readBack,
  component: lazyRouteComponent(() => import('#pages/SignInPage.tsx'), 'SignInPage'),
})

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('#pages/InvitationPage.tsx'), 'InvitationPage'),
})

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell, notFoundComponent: MissingPage })

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/runs' })
  },
})

const runs = createRoute({
  getParentRoute: () => shell,
  path: '/runs',
  validateSearch: readFilters,
  component: RunsPage,
})

const run = createRoute({
  getParentRoute: () => shell,
  path: '/runs/$runId',
  validateSearch: readTab,
  component: lazyRouteComponent(() => import('#pages/RunPage.tsx'), 'RunPage'),
})

const compare = createRoute({
  getParentRoute: () => shell,
  path: '/compare',
  validateSearch: readCompared,
  component: lazyRouteComponent(() => import('#pages/ComparePage.tsx'), 'ComparePage'),
})

const datasets = createRoute({
  getParentRoute: () => shell,
  path: '/datasets',
  component: lazyRouteComponent(() => import('#pages/DatasetsPage.tsx'), 'DatasetsPage'),
})

const dataset = createRoute({
  getParentRoute: () => shell,
  path: '/datasets/$datasetId',
  component: lazyRouteComponent(() => import('#pages/DatasetPage.tsx'), 'DatasetPage'),
})

const components = createRoute({
  getParentRoute: () => shell,
  path: '/components',
  component: lazyRouteComponent(() => import('#pages/ComponentsPage.tsx'), 'ComponentsPage'),
})

const newComponent = createRoute({
  getParentRoute: () => shell,
  path: '/components/new',
  component: lazyRouteComponent(() => import('#pages/NewComponentPage.tsx'), 'NewComponentPage'),
})

const component = createRoute({
  getParentRoute: () => shell,
  path: '/components/$componentId',
  validateSearch: readVersion,
  component: lazyRouteComponent(() => import('#pages/ComponentPage.tsx'), 'ComponentPage'),
})

const draft = createRoute({
  getParentRoute: () => shell,
  path: '/new',
  validateSearch: readDraft,
  component: lazyRouteComponent(() => import('#pages/NewRunPage.tsx'), 'NewRunPage'),
})

const floor = createRoute({
  getParentRoute: () => shell,
  path: '/floor',
  component: lazyRouteComponent(() => import('#pages/FloorPage.tsx'), 'FloorPage'),
})

const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  component: lazyRouteComponent(() => import('#pages/PeoplePage.tsx'), 'PeoplePage'),
})

const anywhere = createRoute({ getParentRoute: () => shell, path: '$', component: MissingPage })

const tree = root.addChildren([
  signIn,
  invitation,
  shell.addChildren([
    home,
    runs,
    run,
    compare,
    datasets,
    dataset,
    components,
    newComponent,
    component,
    draft,
    floor,
    people,
    anywhere,
  ]),
])

export const router = createRouter({ routeTree: tree, scrollRestoration: true, defaultPreload: 'intent' })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
