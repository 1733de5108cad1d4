/**
 * The gateway: the vaults of this server, each owned by this process while it is open (decision 6). Services see them as
 * `VaultHost`; agents' sessions are opened on them.
 */
import { assert, checkAborted, failure, Gate, isFailure } from '#base'
import type { VaultId } from '#contract'
import { defaultChunkerParams, type KnownPoint, type LockState, type VaultConfig } from '#engine'
import {
  deadShareDefault,
  extendRetention,
  holdPoint,
  performExpire,
  performGarbage,
  proposeExpire,
  releasePoint,
} from '#jobs'
import { silentReporter } from '#ports'
import {
  createVault,
  Ownership,
  openVault,
  readLedger,
  readPoints,
  readVaultConfig,
  type Vault,
} from '#vault'
import type { CatalogVault } from '../catalog/index.ts'
import { findNewestPoint, findVault, updateVault } from '../catalog/index.ts'
import type { ServerKernel } from '../kernel.ts'
import type {
  MaintenanceReport,
  VaultHost,
  VaultPlacement,
  VaultReading,
  VaultRequest,
  VaultState,
} from '../vault-host.ts'
import { fillCatalog } from './fill-catalog.ts'
import type { GatewayPorts } from './gateway-ports.ts'
import { HostedVault } from './hosted-vault.ts'

const dayMs = 24 * 3600 * 1000
const masterBytes = 32
/** What is locked must outlive a mistake that is noticed late; what is not gives its space back at once. */
const graceMs: Readonly<Record<VaultRequest['lock'], number>> = {
  off: 0,
  governed: 3 * dayMs,
  compliance: 7 * dayMs,
}

type Kernel = Pick<ServerKernel, 'catalog' | 'log' | 'wallMs' | 'ending'>

export class Gateway implements VaultHost {
  readonly ports: GatewayPorts
  readonly #kernel: Kernel
  readonly #open = new Map<VaultId, Promise<HostedVault>>()
  /** Collections are heavy: one at a time, whatever the vault. */
  readonly #collections = new Gate(1)
  #isClosed = false

  constructor(kernel: Kernel, ports: GatewayPorts) {
    this.#kernel = kernel
    this.ports = ports
  }

  async create(request: VaultRequest, signal: AbortSignal): Promise<VaultPlacement> {
    const { cipher, clock, master, storage } = this.ports
    const { vaultId, lock, retentionMinMs, retentionMaxMs } = request
    const key = cipher.random(masterBytes)
    const wrappedKey = await master.wrap(key, vaultKeyContext(vaultId))
    // Proven before anything is sealed with it: a vault that nobody can open is worse than none.
    const proven = await master.unwrap(wrappedKey, vaultKeyContext(vaultId))
    assert(proven.join() === key.join(), 'a wrapped key comes back')
    const { accountId } = request
    const { regionId, name } = request
    const label = { vaultId, accountId, regionId, name, wrappedKey, wrappedBy: master.name }
    const place = await storage.create(label, request.storage)
    const opened = await storage.open(place)
    try {
      const config: VaultConfig = {
        vaultId: cipher.random(16),
        mode: 'managed',
        createdAt: Math.floor(clock.now().wallMs),
        compressionLevel: 3,
        chunkAverageBytes: defaultChunkerParams.averageBytes,
        retentionMinMs,
        retentionMaxMs,
        gcGraceMs: graceMs[lock],
        features: [],
      }
      const vault = await createVault({ ...opened, clock, cipher }, config, key, signal)
      if (lock !== 'off') {
        await using ownership = await Ownership.take(vault, this.ports.holder, signal)
        await ownership.append({ kind: 'lock', to: lock }, signal)
      }
    } finally {
      await opened.close()
    }
    return { place, wrappedKey, wrappedBy: master.name }
  }

  /** The open vault. @throws vault.not-found, vault.leased, vault.fenced, server-keys.* */
  async host(vaultId: VaultId, signal: AbortSignal): Promise<HostedVault> {
    if (this.#isClosed) throw failure('server.not-ready', { problem: 'it is shutting down' })
    const known = this.#open.get(vaultId)
    if (known !== undefined) return await known
    // Many may wait for it, and none of them may take it away from the others.
    const opening = this.#openVault(vaultId, this.#kernel.ending)
    this.#open.set(vaultId, opening)
    // Whoever asks next tries again; what is wrong everybody who waits is told.
    opening.catch(() => {
      if (this.#open.get(vaultId) === opening) this.#open.delete(vaultId)
    })
    const hosted = await opening
    checkAborted(signal)
    return hosted
  }

  /** Work of an owner. Who was fenced owns nothing any more, and asks again the next time. */
  async #owned<T>(
    vaultId: VaultId,
    signal: AbortSignal,
    work: (ownership: Ownership) => Promise<T>,
  ): Promise<T> {
    const hosted = await this.host(vaultId, signal)
    try {
      return await work(hosted.ownership)
    } catch (problem) {
      if (isFailure(problem, 'vault.fenced')) await this.drop(vaultId, hosted)
      throw problem
    }
  }

  async #openVault(vaultId: VaultId, signal: AbortSignal): Promise<HostedVault> {
    const { cipher, clock, master, storage, holder } = this.ports
    const row = await this.#rowOf(vaultId)
    if (row.wrappedKey === null) throw failure('vault.not-found', { vault: row.name })
    const opened = await storage.open(row.place)
    try {
      const config = await readVaultConfig(opened.store, signal)
      const key = await master.unwrap(row.wrappedKey, vaultKeyContext(vaultId))
      const vault = openVault({ ...opened, clock, cipher }, config, key)
      await this.#assertNotReverted(vault, vaultId, signal)
      const ownership = await Ownership.take(vault, holder, signal)
      return new HostedVault(vaultId, ownership, opened)
    } catch (problem) {
      await opened.close()
      throw problem
    }
  }

  /** The catalog remembers how far the vault was: one that was put back as a whole beneath it is told (A06). */
  async #assertNotReverted(vault: Vault, vaultId: VaultId, signal: AbortSignal): Promise<void> {
    const newest = await findNewestPoint(this.#kernel.catalog.db, vaultId)
    if (newest === undefined) return
    const { sequence } = await readLedger(vault, signal)
    if (sequence >= newest.sequence) return
    const problem = 'is in the catalog of this server, and the vault has none so new'
    throw failure('vault.reverted', { point: newest.id.slice(0, 8), problem })
  }

  async #rowOf(vaultId: VaultId): Promise<CatalogVault> {
    const row = await findVault(this.#kernel.catalog.db, vaultId)
    if (row === undefined || row.deletedAt !== null)
      throw failure('vault.not-found', { vault: vaultId })
    return row
  }

  /**
   * Another process took it over, or its storage failed: it is opened anew when it is next asked for.
   * @param which this one, and no other that was opened since
   */
  async drop(vaultId: VaultId, which?: HostedVault): Promise<void> {
    const opening = this.#open.get(vaultId)
    const hosted = await opening?.catch(() => undefined)
    if (which !== undefined && hosted !== which) return
    if (this.#open.get(vaultId) === opening) this.#open.delete(vaultId)
    await hosted?.[Symbol.asyncDispose]()
  }

  async read(vaultId: VaultId, signal: AbortSignal): Promise<VaultReading> {
    return await (await this.host(vaultId, signal)).read(signal)
  }

  async state(vaultId: VaultId, signal: AbortSignal): Promise<VaultState> {
    const { vault, ownership } = await this.host(vaultId, signal)
    await using reading = await this.read(vaultId, signal)
    return {
      config: vault.config,
      lock: ownership.state.lock,
      tier: 'T0',
      points: reading.points,
      trustedNow: ownership.trustedNow(),
      ownedElsewhere: false,
    }
  }

  async extend(
    vaultId: VaultId,
    pointId: string,
    until: number | 'forever',
    signal: AbortSignal,
  ): Promise<KnownPoint> {
    await this.#owned(vaultId, signal, async (ownership) => {
      const known = await pointOf(ownership, pointId, signal)
      await extendRetention(ownership, known, until === 'forever' ? undefined : until, signal)
    })
    return await this.#refilled(vaultId, pointId, signal)
  }

  async hold(
    vaultId: VaultId,
    pointId: string,
    reason: string,
    signal: AbortSignal,
  ): Promise<KnownPoint> {
    await this.#owned(vaultId, signal, async (ownership) => {
      await pointOf(ownership, pointId, signal)
      await holdPoint(ownership, pointId, reason, signal)
    })
    return await this.#refilled(vaultId, pointId, signal)
  }

  async releaseHold(vaultId: VaultId, pointId: string, signal: AbortSignal): Promise<KnownPoint> {
    await this.#owned(vaultId, signal, async (ownership) => {
      await pointOf(ownership, pointId, signal)
      await releasePoint(ownership, pointId, 'released', signal)
    })
    return await this.#refilled(vaultId, pointId, signal)
  }

  async expire(
    vaultId: VaultId,
    pointIds: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const proposal = await this.#owned(vaultId, signal, async (ownership) => {
      for (const id of pointIds) await pointOf(ownership, id, signal)
      const request = { requested: new Set(pointIds), keepOne: false, atOnce: false }
      const proposed = await proposeExpire(ownership, request, signal)
      await performExpire(ownership, proposed, signal)
      return proposed
    })
    await this.rebuildCatalog(vaultId, signal)
    return [...proposal.expire.map(({ id }) => id), ...proposal.trash]
  }

  async raiseLock(
    vaultId: VaultId,
    to: 'governed' | 'compliance',
    signal: AbortSignal,
  ): Promise<void> {
    const order: readonly LockState[] = ['off', 'governed', 'compliance']
    await this.#owned(vaultId, signal, (ownership) =>
      ownership.append((state) => {
        if (order.indexOf(to) <= order.indexOf(state.lock))
          throw failure('vault.lock-not-raised', { from: state.lock, to })
        return { kind: 'lock', to }
      }, signal),
    )
  }

  async maintain(
    vaultId: VaultId,
    keep: readonly string[],
    signal: AbortSignal,
  ): Promise<MaintenanceReport> {
    const hosted = await this.host(vaultId, signal)
    const done = await this.#owned(vaultId, signal, async (ownership) => ({
      expired: await expireDue(ownership, keep, signal),
      ...(await this.#collections.run(() =>
        hosted.collecting(() => this.#collect(ownership, signal)),
      )),
    }))
    await this.rebuildCatalog(vaultId, signal)
    const storedBytes = await this.#noteSize(vaultId, signal)
    return { ...done, storedBytes }
  }

  async #collect(
    ownership: Ownership,
    signal: AbortSignal,
  ): Promise<Pick<MaintenanceReport, 'freedBytes' | 'slowedPacks'>> {
    const { vault } = ownership
    await using blocks = await this.ports.openBlocks(vault)
    const { recoder } = blocks
    const request = { graceMs: vault.config.gcGraceMs, deadShareMin: deadShareDefault, recoder }
    const { swept } = await performGarbage(ownership, request, silentReporter, signal)
    const slowed = swept.waiting.filter(({ why }) => why === 'speed-limit')
    return { freedBytes: swept.deletedBytes, slowedPacks: slowed.length }
  }

  async #noteSize(vaultId: VaultId, signal: AbortSignal): Promise<number> {
    const { vault, room } = await this.host(vaultId, signal)
    let storedBytes = 0
    for await (const { bytes } of vault.ports.store.list('pack', signal)) storedBytes += bytes
    room.set(storedBytes)
    const { catalog, wallMs } = this.#kernel
    await updateVault(catalog.db, vaultId, { storedBytes, updatedAt: wallMs() })
    return storedBytes
  }

  async rebuildCatalog(vaultId: VaultId, signal: AbortSignal): Promise<number> {
    const { ownership } = await this.host(vaultId, signal)
    const row = await this.#rowOf(vaultId)
    const { points, lost } = await readPoints(ownership.vault, ownership.state, signal)
    for (const { id, problem } of lost)
      this.#kernel.log.error({ vaultId, point: id, problem }, 'a point cannot be read')
    return await fillCatalog(this.#kernel, row, {
      points,
      kind: lost.length === 0 ? 'all' : 'all-readable',
    })
  }

  async #refilled(vaultId: VaultId, pointId: string, signal: AbortSignal): Promise<KnownPoint> {
    const { ownership } = await this.host(vaultId, signal)
    const known = await pointOf(ownership, pointId, signal)
    const row = await this.#rowOf(vaultId)
    await fillCatalog(this.#kernel, row, { points: [known], kind: 'some' })
    return known
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const all = [...this.#open.keys()]
    await Promise.all(all.map((vaultId) => this.drop(vaultId)))
  }
}

/** What a vault's key is bound to: it opens nothing else. */
export function vaultKeyContext(vaultId: VaultId): string {
  return `vault\n${vaultId}`
}

async function pointOf(
  ownership: Ownership,
  pointId: string,
  signal: AbortSignal,
): Promise<KnownPoint> {
  const { points } = await readPoints(ownership.vault, ownership.state, signal)
  const known = points.find(({ id }) => id === pointId)
  if (known === undefined) throw failure('point.not-found', { point: pointId.slice(0, 8) })
  return known
}

/** What is due, without what the caller keeps. */
async function expireDue(
  ownership: Ownership,
  keep: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const everything = { requested: undefined, keepOne: false, atOnce: false }
  const due = await proposeExpire(ownership, everything, signal)
  const ids = due.expire.map(({ id }) => id).filter((id) => !keep.includes(id))
  if (ids.length === 0) return []
  // Named, so that what became due meanwhile waits for a decision that knows what to keep.
  const request = { requested: new Set(ids), keepOne: false, atOnce: true }
  await performExpire(ownership, await proposeExpire(ownership, request, signal), signal)
  return ids
}
