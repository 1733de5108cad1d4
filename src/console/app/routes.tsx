/** Every page has an address, and each is fetched when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { readInstanceTab } from '../pages/instance/tab.ts'
import { readInstanceFilter } from '../pages/instances/filter.ts'
import { NotFoundPage } from '../pages/not-found.tsx'
import { Layout } from './layout.tsx'

const root = createRootRoute({ component: Layout, notFoundComponent: NotFoundPage })

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/overview.tsx'), 'OverviewPage'),
})

const instances = createRoute({
  getParentRoute: () => root,
  path: '/instances',
  validateSearch: readInstanceFilter,
  component: lazyRouteComponent(() => import('../pages/instances/instances.tsx'), 'InstancesPage'),
})

const instance = createRoute({
  getParentRoute: () => root,
  path: '/instances/$instanceId',
  validateSearch: readInstanceTab,
  component: lazyRouteComponent(() => import('../pages/instance/instance.tsx'), 'InstancePage'),
})

const tree = root.addChildren([instances, instance, overview])

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent' })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
