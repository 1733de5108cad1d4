/** Every page has an address, and each is fetched when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { readAlertFilter } from '../pages/alerts/filter.ts'
import { readAuditFilter } from '../pages/audit/filter.ts'
import { readInstanceTab } from '../pages/instance/tab.ts'
import { readInstanceFilter } from '../pages/instances/filter.ts'
import { readJobsFilter } from '../pages/jobs/filter.ts'
import { readRange } from '../pages/metering/range.ts'
import { NotFoundPage } from '../pages/not-found.tsx'
import { readFileSearch } from '../pages/point/file-search.ts'
import { readPointPanel } from '../pages/point/point-panel.ts'
import { readSettingsTab } from '../pages/settings/tab.ts'
import { readUsersTab } from '../pages/users/tab.ts'
import { readVaultFilter, readVaultTab } from '../pages/vaults/address.ts'
import { regionIn } from '../parts/region-in-address.ts'
import { Layout } from './layout.tsx'

const root = createRootRoute({ component: Layout, notFoundComponent: NotFoundPage })

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: regionIn,
  component: lazyRouteComponent(() => import('../pages/overview/overview.tsx'), 'OverviewPage'),
})

const point = createRoute({
  getParentRoute: () => root,
  path: '/points/$vaultId/$pointId',
  validateSearch: (search: Readonly<Record<string, unknown>>) => ({
    ...(typeof search['path'] === 'string' ? { path: search['path'] } : {}),
    ...readFileSearch(search),
    ...readPointPanel(search),
  }),
  component: lazyRouteComponent(() => import('../pages/point/point.tsx'), 'PointPage'),
})

const restore = createRoute({
  getParentRoute: () => root,
  path: '/restores/$restoreJobId',
  component: lazyRouteComponent(() => import('../pages/restores/restore.tsx'), 'RestorePage'),
})

const restores = createRoute({
  getParentRoute: () => root,
  path: '/restores',
  component: lazyRouteComponent(() => import('../pages/restores/restores.tsx'), 'RestoresPage'),
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

const fileHistory = createRoute({
  getParentRoute: () => root,
  path: '/instances/$instanceId/file',
  validateSearch: (search: Readonly<Record<string, unknown>>) => ({
    path: typeof search['path'] === 'string' ? search['path'] : '/',
  }),
  component: lazyRouteComponent(
    () => import('../pages/file-history/file-history.tsx'),
    'FileHistoryPage',
  ),
})

const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: readAlertFilter,
  component: lazyRouteComponent(() => import('../pages/alerts/alerts.tsx'), 'AlertsPage'),
})

/** As messages have it. */
const alert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$alertId',
  beforeLoad: ({ params }) =>
    redirect({ to: '/alerts', search: { alert: params.alertId }, replace: true, throw: true }),
})

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  validateSearch: readJobsFilter,
  component: lazyRouteComponent(() => import('../pages/jobs/jobs.tsx'), 'JobsPage'),
})

const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  component: lazyRouteComponent(() => import('../pages/jobs/job.tsx'), 'JobPage'),
})

const users = createRoute({
  getParentRoute: () => root,
  path: '/users',
  validateSearch: readUsersTab,
  component: lazyRouteComponent(() => import('../pages/users/users.tsx'), 'UsersPage'),
})

const vaults = createRoute({
  getParentRoute: () => root,
  path: '/vaults',
  validateSearch: readVaultFilter,
  component: lazyRouteComponent(() => import('../pages/vaults/vaults.tsx'), 'VaultsPage'),
})

const vault = createRoute({
  getParentRoute: () => root,
  path: '/vaults/$vaultId',
  validateSearch: readVaultTab,
  component: lazyRouteComponent(() => import('../pages/vaults/vault.tsx'), 'VaultPage'),
})

const metering = createRoute({
  getParentRoute: () => root,
  path: '/metering',
  validateSearch: readRange,
  component: lazyRouteComponent(() => import('../pages/metering/metering.tsx'), 'MeteringPage'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: readSettingsTab,
  component: lazyRouteComponent(() => import('../pages/settings/settings.tsx'), 'SettingsPage'),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAuditFilter,
  component: lazyRouteComponent(() => import('../pages/audit/audit.tsx'), 'AuditPage'),
})

const tree = root.addChildren([
  audit,
  metering,
  vaults,
  vault,
  settings,
  users,
  alert,
  alerts,
  instances,
  instance,
  fileHistory,
  point,
  restore,
  restores,
  jobs,
  job,
  overview,
])

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent' })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
