/**
 * A server with real vaults for suites of points and vaults: the real gateway over the storage, keys and threads that a
 * test of the machine hands in, and points that the real backup job made of a real folder.
 */
import { type ByteString, byteStringFromText } from '#base'
import type { AccountId, InstanceId, PlanId, PointId, Role, VaultId, VersionId } from '#contract'
import {
  everything,
  type KnownPoint,
  type LeafItem,
  type PointFailure,
  type PointSource,
  type PointSummary,
  TreeBuilder,
} from '#engine'
import { parentOf, performBackup } from '#jobs'
import { type Clock, type SourceTree, silentReporter } from '#ports'
import { ChunkReader, openSession, readPoints, type Vault } from '#vault'
import { addAccount, addInstance, addPlan, regionId } from '../../catalog/world.contract.ts'
import { Gateway, type GatewayPorts } from '../../gateway/index.ts'
import { tagsOf } from '../../gateway/point-origin.ts'
import type { CallContext } from '../../handler.ts'
import type { UserIdentity } from '../../identity.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import type { NoticeFact } from '../../notices.ts'
import { vaultsHandlers } from '../vaults/vaults.ts'
import type { OpenArchive } from './download.ts'
import { pointsHandlers } from './points.ts'
import { versionsHandlers } from './versions.ts'

/** What the pure side needs of a machine. */
export type PointsMachine = AsyncDisposable & {
  /** Where a source may be made. */
  readonly folder: string
  readonly gatewayPorts: (clock: Clock) => GatewayPorts
  readonly openSource: (vault: Vault) => { readonly tree: SourceTree } & AsyncDisposable
  readonly openArchive: OpenArchive
}

export type OpenMachine = () => Promise<PointsMachine>

export const dayMs = 24 * 3600 * 1000
const names = { host: 'web-1', user: 'root' } as const

export class PointsWorld implements AsyncDisposable {
  readonly machine: PointsMachine
  readonly kernel: TestKernel
  readonly gateway: Gateway
  readonly accountId: AccountId
  readonly instanceId: InstanceId
  readonly notices: NoticeFact[] = []
  readonly versions: ReturnType<typeof versionsHandlers>
  readonly points: ReturnType<typeof pointsHandlers>
  readonly vaults: ReturnType<typeof vaultsHandlers>

  private constructor(
    machine: PointsMachine,
    base: TestKernel,
    ids: { readonly accountId: AccountId; readonly instanceId: InstanceId },
  ) {
    this.machine = machine
    this.gateway = new Gateway(base, machine.gatewayPorts(base.clock))
    const kernel = { ...base, vaults: this.gateway }
    this.kernel = kernel
    this.accountId = ids.accountId
    this.instanceId = ids.instanceId
    const notices = { raise: async (fact: NoticeFact) => void this.notices.push(fact) }
    const { openArchive } = machine
    this.versions = versionsHandlers(kernel)
    this.points = pointsHandlers({ kernel, notices, openArchive })
    this.vaults = vaultsHandlers({ kernel, notices, storages: ['default', 'second'] })
  }

  static async make(open: OpenMachine): Promise<PointsWorld> {
    const machine = await open()
    const kernel = await makeTestKernel()
    const accountId = await addAccount(kernel.catalog, 'first')
    const { id: instanceId } = await addInstance(kernel.catalog, accountId, { name: names.host })
    return new PointsWorld(machine, kernel, { accountId, instanceId })
  }

  /** Handlers whose budgets run by another clock. */
  pointsBy(clock: Clock): ReturnType<typeof pointsHandlers> {
    const kernel = { ...this.kernel, clock }
    const notices = { raise: async () => {} }
    return pointsHandlers({ kernel, notices, openArchive: this.machine.openArchive })
  }

  as(role: Role = 'owner', accountId = this.accountId): CallContext {
    const identity: UserIdentity = {
      kind: 'user',
      userId: this.kernel.catalog.newId('user'),
      accountId,
      role,
      name: role,
      tokenId: this.kernel.catalog.newId('token'),
      scopes: undefined,
      isServerAccount: false,
    }
    return contextOf(identity)
  }

  async addVault(
    name = 'main',
    lock: 'off' | 'governed' | 'compliance' = 'off',
    more: { readonly retentionDaysMax?: number } = {},
  ): Promise<VaultId> {
    const body = { regionId: regionId as never, name, lock, ...more }
    const { vaultId } = await this.vaults.create({ path: {}, query: {}, body }, this.as())
    return vaultId
  }

  async addPlan(vaultId: VaultId): Promise<PlanId> {
    const { accountId, instanceId } = this
    return (await addPlan(this.kernel.catalog, { accountId, vaultId, instanceId })).id
  }

  /** A point of the folder as it is now, by the real job. */
  async backup(vaultId: VaultId, more: MorePoint = {}): Promise<MadePoint> {
    const { signal } = this.as()
    const { ownership, vault } = await this.gateway.host(vaultId, signal)
    await using source = this.machine.openSource(vault)
    await using session = await openSession(ownership, signal)
    const { points } = await readPoints(vault, ownership.state, signal)
    const sources: PointSource[] = [
      { path: byteStringFromText(more.folder ?? this.machine.folder), prefix: '' as ByteString },
    ]
    const versionId = more.versionId ?? this.kernel.catalog.newId('version')
    const { point: known } = await performBackup(
      {
        source: source.tree,
        session,
        reader: new ChunkReader(vault, session.index),
        reporter: silentReporter,
      },
      {
        sources,
        filter: everything,
        skipped: [],
        oneFileSystem: false,
        tags: this.#tagsOf(versionId, more.planId),
        host: names.host,
        user: names.user,
        retainForMs: more.retainForMs === undefined ? 30 * dayMs : more.retainForMs,
        parent: parentOf(points, sources, names.host),
        // Files that were written in this second count as changed.
        startedAt: Date.now() + 10_000,
      },
      signal,
    )
    await this.gateway.rebuildCatalog(vaultId, signal)
    return { known, pointId: known.id as PointId, versionId }
  }

  /** A point of entries without content, straight from the builder of trees. */
  async plant(
    vaultId: VaultId,
    items: Iterable<LeafItem>,
    over?: { readonly known: KnownPoint; readonly rows: number },
    failures: readonly PointFailure[] = [],
  ): Promise<MadePoint> {
    const { signal } = this.as()
    const { ownership } = await this.gateway.host(vaultId, signal)
    await using session = await openSession(ownership, signal)
    const builder = new TreeBuilder((bytes) => session.addNode(bytes))
    for (const item of items) {
      builder.add(item)
      if (session.nodesWaiting) await session.drainNodes(signal)
    }
    const root = builder.finish()
    if (root === undefined) throw new Error('a tree has entries')
    const tree =
      over === undefined
        ? { base: root, overlay: undefined, overlayRows: 0 }
        : { base: over.known.point.tree.base, overlay: root, overlayRows: over.rows }
    const versionId = this.kernel.catalog.newId('version')
    const summary: PointSummary = { ...noSummary, files: root.sums.entries, directories: 1 }
    const known = await session.commit(
      {
        createdAt: this.kernel.wallMs(),
        startedAt: this.kernel.wallMs(),
        retainForMs: 30 * dayMs,
        ...names,
        tags: this.#tagsOf(versionId, undefined),
        sources: [{ path: byteStringFromText('/srv'), prefix: '' as ByteString }],
        status: failures.length === 0 ? 'complete' : 'partial',
        tree,
        summary,
        failureCount: failures.length,
        failures,
        failureLists: [],
      },
      signal,
    )
    await this.gateway.rebuildCatalog(vaultId, signal)
    return { known, pointId: known.id as PointId, versionId }
  }

  #tagsOf(versionId: VersionId, planId: PlanId | undefined): readonly string[] {
    const { accountId, instanceId } = this
    const jobId = undefined
    return tagsOf({ accountId, instanceId, versionId, planId, jobId, blockBytes: 40 * 2 ** 30 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]()
    await this.kernel[Symbol.asyncDispose]()
    await this.machine[Symbol.asyncDispose]()
  }
}

type MorePoint = {
  readonly planId?: PlanId
  readonly versionId?: VersionId
  /** Null: for ever. */
  readonly retainForMs?: number
  readonly folder?: string
}

export type MadePoint = {
  readonly known: KnownPoint
  readonly pointId: PointId
  readonly versionId: VersionId
}

const noSummary: PointSummary = {
  files: 0,
  directories: 0,
  others: 0,
  sourceBytes: 0,
  newBytes: 0,
  storedBytes: 0,
  filesRead: 0,
  excluded: 0,
}

/** Every item of every page. */
export async function allPages<Item>(
  page: (cursor: string | undefined) => Promise<{
    readonly items: readonly Item[]
    readonly next?: string | undefined
  }>,
): Promise<{ readonly items: readonly Item[]; readonly pages: number }> {
  const items: Item[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const answer = await page(cursor)
    items.push(...answer.items)
    if (answer.next === undefined) return { items, pages }
    if (pages > 100_000) throw new Error('the pages never end')
    cursor = answer.next
  }
}
