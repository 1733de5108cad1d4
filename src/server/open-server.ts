/**
 * A control server, put together: catalog, vaults, services, scheduler and listener in one process (decision 7). What it
 * needs of the machine is handed in. It ends in the order in which nothing is lost: no new calls, sessions made durable,
 * vaults given back, the catalog closed.
 */
import type { ClientId } from '#contract'
import type { Clock } from '#ports'
import { type Catalog, type CatalogPlace, openCatalog } from './catalog/index.ts'
import { Doorbell } from './doorbell.ts'
import { createEventBus } from './events.ts'
import { Gateway, type GatewayPorts, LiveSessions, sessionsHandlers } from './gateway/index.ts'
import type { Handlers } from './handler.ts'
import type { ConsoleFiles } from './http/console-files.ts'
import { type Listener, type ListenerTls, openListener } from './http/listener.ts'
import { type FindFacts, serverHandlers } from './http/server-handlers.ts'
import type { Log, ServerKernel } from './kernel.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import type { Notices } from './notices.ts'
import { OwnBackup, type OwnBackupPorts } from './own-backup/index.ts'
import {
  clearingWork,
  openScheduler,
  type PeriodicWork,
  recentBackupWork,
  type Scheduler,
  tagBindingWork,
} from './scheduler/index.ts'
import { type AccessPorts, accessHandlers, prepareSetup } from './services/access/index.ts'
import { agentHandlers } from './services/agents/agent-handlers.ts'
import { activateEssential, type IssueIdentity } from './services/agents/agent-ports.ts'
import { createAgentService } from './services/agents/agent-service.ts'
import {
  type ClientBuilds,
  clientPush,
  distributionHandlers,
  type InstallerTexts,
  installCommand,
  type LoginSecret,
  placeSeenBy,
  pushInstaller,
  type RemoteMachines,
  type ServerPlace,
} from './services/distribution/index.ts'
import { questionClearing, watchQuestions } from './services/folders/index.ts'
import { jobsHandlers } from './services/jobs/jobs-handlers.ts'
import { restoreJobsHandlers } from './services/jobs/restore-jobs-handlers.ts'
import { meteringHandlers, meteringRollUp } from './services/metering/index.ts'
import { namesHandlers } from './services/names/index.ts'
import {
  alertsHandlers,
  channelsHandlers,
  type NoticePorts,
  noticeClearing,
  openNotices,
} from './services/notices/index.ts'
import { overviewHandlers } from './services/overview/index.ts'
import { type OpenArchive, pointsHandlers, versionsHandlers } from './services/points/index.ts'
import { protectionHandlers } from './services/protection/index.ts'
import { performDueRemovals, vaultsHandlers } from './services/vaults/index.ts'

/** What a server has of its machine; bin/ plugs it in. */
export type ServerParts = {
  readonly version: string
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly catalog: CatalogPlace
  readonly address: { readonly host: string; readonly port: number }
  readonly tls: ListenerTls
  /** PEM of who issues the certificates of agents. */
  readonly authority: string
  readonly gateway: GatewayPorts
  readonly access: AccessPorts
  readonly issueIdentity: IssueIdentity
  readonly notices: Pick<NoticePorts, 'mailer' | 'webhooks' | 'language'>
  readonly openArchive: OpenArchive
  readonly distribution: {
    readonly texts: InstallerTexts
    readonly builds: ClientBuilds
    readonly remotes: RemoteMachines
    /** Keys for pushes over SSH, by their names in the configuration. */
    readonly findSecret: (keyName: string) => LoginSecret | undefined
  }
  /** Where people and agents reach it; asked each time, since its certificate is renewed and its port may be any. */
  readonly place: (port: number) => ServerPlace
  readonly console?: ConsoleFiles
  /** For the backup of the server itself. */
  readonly own?: OwnBackupPorts
  /** Besides the server's own. */
  readonly periodic?: readonly PeriodicWork[]
}

export type RunningServer = AsyncDisposable & {
  readonly kernel: ServerKernel
  readonly gateway: Gateway
  readonly listener: Listener
  readonly scheduler: Scheduler
  readonly metrics: Metrics
  readonly place: () => ServerPlace
  /** To be shown once, when nobody has signed up yet. */
  readonly setupCode: string | undefined
}

const hourMs = 3_600_000

/** @throws catalog.*, server.address-unusable */
function kernelOf(
  { version, clock, random, log }: ServerParts,
  catalog: Catalog,
  ending: AbortSignal,
): Omit<ServerKernel, 'vaults'> & { readonly clock: Clock } {
  return {
    version,
    catalog,
    clock,
    wallMs: () => Math.floor(clock.now().wallMs),
    random,
    log,
    events: createEventBus(),
    doorbell: new Doorbell(),
    ending,
  }
}

export async function openServer(parts: ServerParts): Promise<RunningServer> {
  await using opened = new AsyncDisposableStack()
  const catalog = opened.use(await openCatalogOf(parts))
  const ending = new AbortController()
  const bare = kernelOf(parts, catalog, ending.signal)
  const gateway = opened.use(new Gateway(bare, parts.gateway))
  const kernel: ServerKernel = { ...bare, vaults: gateway }
  const live = opened.use(new LiveSessions(kernel))
  const metrics = openMetrics(parts.version)
  let port = parts.address.port
  const place = () => parts.place(port)
  let listening: Listener | undefined
  const cutOff = async (clientId: ClientId) => {
    listening?.disconnectClient(clientId)
    await live.endOf((session) => session.clientId === clientId)
  }
  const ownBackup = ownBackupOf(parts, { kernel, gateway })
  const made = { kernel, gateway, live, metrics, place, cutOff, ownBackup }
  const services = openServices(parts, made)
  opened.defer(() => services.flush())
  const listener = opened.use(
    await openListener({
      kernel,
      handlers: services.handlers,
      tls: parts.tls,
      address: parts.address,
      authority: parts.authority,
      sessionOwner: (id) => live.ownerOf(id),
      metrics,
      notices: services.notices,
      ...(parts.console === undefined ? {} : { console: parts.console }),
    }),
  )
  listening = listener
  port = listener.address.port
  const { notices } = services
  const periodic = [
    ...services.periodic,
    ...(ownBackup === undefined ? [] : [ownBackup]),
    ...(parts.periodic ?? []),
  ]
  const scheduler = opened.use(openScheduler(kernel, { notices, periodic }))
  scheduler.start()
  opened.defer(() => ending.abort())
  const setupCode = await prepareSetup(kernel)
  const all = opened.move()
  return {
    kernel,
    gateway,
    listener,
    scheduler,
    metrics,
    place,
    setupCode,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function ownBackupOf(
  { own, gateway: { master } }: ServerParts,
  { kernel, gateway }: Pick<Opened, 'kernel' | 'gateway'>,
): OwnBackup | undefined {
  return own === undefined ? undefined : new OwnBackup({ kernel, gateway, master, ports: own })
}

async function openCatalogOf({ catalog, clock, random, log }: ServerParts): Promise<Catalog> {
  return await openCatalog(catalog, {
    wallMs: () => Math.floor(clock.now().wallMs),
    random,
    sleep: (milliseconds) => clock.sleep(milliseconds, new AbortController().signal),
    report: (problem) => log.warn({ problem }, 'a connection to the catalog broke'),
  })
}

type Opened = {
  readonly kernel: ServerKernel
  readonly gateway: Gateway
  readonly live: LiveSessions
  readonly metrics: Metrics
  readonly place: () => ServerPlace
  readonly cutOff: (clientId: ClientId) => Promise<void>
  readonly ownBackup: OwnBackup | undefined
}

function openServices(parts: ServerParts, opened: Opened) {
  const { kernel, gateway, live, metrics, place, cutOff } = opened
  const { access, distribution, openArchive } = parts
  const { builds, remotes, texts } = distribution
  const noticePorts: NoticePorts = {
    ...parts.notices,
    secrets: access.secrets,
    get publicAddress() {
      return place().address
    },
  }
  const notices = openNotices(kernel, noticePorts)
  const agents = createAgentService(kernel, {
    issueIdentity: parts.issueIdentity,
    receiptKey: parts.gateway.receiptKey,
    activate: activateEssential(kernel),
    notices,
    builds,
  })
  const { progressOf } = agents
  const installer = pushInstaller({ place, texts, builds, remotes })
  const push = clientPush({ kernel, installer, findSecret: distribution.findSecret })
  const handlers: Handlers = {
    ...accessHandlers(kernel, access, () => place().address),
    ...protectionHandlers(kernel, {
      push,
      installCommand: (code, host) => installCommand(placeSeenBy(place(), host), code),
      clientVersion: async () => await versionOf(builds),
      cutOff,
    }),
    agent: agentHandlers(agents),
    alerts: alertsHandlers(kernel, noticePorts),
    channels: channelsHandlers(kernel, noticePorts),
    distribution: distributionHandlers({ place, texts, builds, remotes }),
    jobs: jobsHandlers(kernel, progressOf),
    metering: meteringHandlers(kernel),
    names: namesHandlers(kernel),
    overview: overviewHandlers(kernel),
    points: pointsHandlers({ kernel, notices, openArchive }),
    restoreJobs: restoreJobsHandlers(kernel, progressOf),
    server: serverHandlers(kernel, metrics, () => factsOf(parts, opened)),
    sessions: sessionsHandlers({ kernel, gateway, live }),
    vaults: vaultsHandlers({ kernel, notices, storages: parts.gateway.storage.names }),
    versions: versionsHandlers(kernel),
  }
  const watching = watchQuestions(kernel)
  const flush = async () => {
    await watching[Symbol.asyncDispose]()
    await agents.flush()
  }
  return { handlers, notices, periodic: periodicWork(kernel, notices), flush }
}

function periodicWork(kernel: ServerKernel, notices: ReturnType<typeof openNotices>) {
  return [
    clearingWork(kernel),
    meteringRollUp(kernel),
    questionClearing(kernel),
    noticeClearing(kernel),
    notices,
    recentBackupWork(kernel, notices),
    removalWork(kernel, notices),
    tagBindingWork(kernel),
  ]
}

function factsOf(
  { catalog, notices }: ServerParts,
  { place, ownBackup }: Opened,
): ReturnType<FindFacts> {
  const { address, certificate } = place()
  return {
    address,
    ...(certificate === undefined ? {} : { keyFingerprint: certificate.keyFingerprint }),
    catalog: catalog.kind,
    sendsMail: notices.mailer !== undefined,
    ownBackup: ownBackup?.state() ?? { vaults: [] },
  }
}

function removalWork(kernel: ServerKernel, notices: Notices): PeriodicWork {
  return {
    name: 'removal of vaults',
    everyMs: hourMs,
    run: async (signal) => {
      await performDueRemovals({ kernel, notices }, signal)
    },
  }
}

/** A server without builds hands out no clients, which is no reason not to answer. */
async function versionOf(builds: ClientBuilds): Promise<string | undefined> {
  const { version, builds: known } = await builds.manifest()
  return known.length === 0 ? undefined : version
}
