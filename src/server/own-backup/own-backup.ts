/**
 * The backup of the server itself: once a day, and soon after a change of weight, its catalog is exported beside the keys
 * and into every vault of the account that runs the server, as a point of the server that is kept for 30 days. So whoever
 * has the keys and the vaults has everything (E6).
 *
 * A vault that nothing is backed up into gets none: such points would keep it from ever being deleted.
 */
import { isFailure } from '#base'
import type { ServerFacts, VaultId } from '#contract'
import {
  type CatalogVault,
  findLastChange,
  findServerAccountId,
  isVaultUsed,
  listVaults,
} from '../catalog/index.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { WrappingKey } from '../gateway/gateway-ports.ts'
import type { ServerKernel } from '../kernel.ts'
import type { PeriodicWork } from '../scheduler/periodic-work.ts'
import { exportRows, schemaNow } from './catalog-rows.ts'
import { encodeExport } from './export-document.ts'
import type { OwnBackupPorts } from './own-backup-ports.ts'
import { makeOwnPoint, ownPointsOf } from './own-points.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** Changes come in rows; a point for each would only fill the vault's ledger. */
const restMs = 10 * minuteMs
/** A vault that cannot be written is not asked every minute. */
const afterTroubleMs = 60 * minuteMs
/** Jobs and the audit log go back so far in the export. */
export const recentMs = 30 * dayMs

type Parts = {
  readonly kernel: Pick<ServerKernel, 'catalog' | 'wallMs' | 'log'>
  readonly gateway: Gateway
  readonly master: WrappingKey
  readonly ports: OwnBackupPorts
}

export class OwnBackup implements PeriodicWork {
  readonly name = 'backup of the server itself'
  readonly everyMs = minuteMs
  readonly #parts: Parts
  /** When the newest export of each place was taken. */
  readonly #exportedAt = new Map<VaultId, number>()
  readonly #notBefore = new Map<VaultId, number>()
  #keptAt = Number.NEGATIVE_INFINITY
  #changedAt: number | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** As far as it knows since it started: what is asked for does not open vaults. */
  state(): ServerFacts['ownBackup'] {
    const ids = new Set([...this.#exportedAt.keys(), ...this.#notBefore.keys()])
    const vaults = [...ids].map((vaultId) => {
      const at = this.#exportedAt.get(vaultId)
      const isMade = at !== undefined && Number.isFinite(at)
      return { vaultId, inTrouble: at === undefined, ...(isMade ? { at } : {}) }
    })
    return { ...(Number.isFinite(this.#keptAt) ? { keptAt: this.#keptAt } : {}), vaults }
  }

  readonly run = async (signal: AbortSignal): Promise<void> => {
    const { db } = this.#parts.kernel.catalog
    const accountId = await findServerAccountId(db)
    // Before the first administrator there is nothing to lose.
    if (accountId === undefined) return
    const now = this.#parts.kernel.wallMs()
    await this.#noteChanges(now)
    const due: CatalogVault[] = []
    for (const vault of await listVaults(db, accountId))
      if (await this.#isDue(vault, now, signal)) due.push(vault)
    const isKeptDue = this.#isOld(this.#keptAt, now, 0)
    if (due.length === 0 && !isKeptDue) return
    await this.#backUp(due, signal)
  }

  async #noteChanges(now: number): Promise<void> {
    const { db } = this.#parts.kernel.catalog
    const found = await findLastChange(db, this.#changedAt ?? now - dayMs)
    if (found !== undefined) this.#changedAt = found
  }

  async #isDue(vault: CatalogVault, now: number, signal: AbortSignal): Promise<boolean> {
    const { id, kind, state, wrappedKey, deletionDueAt } = vault
    const isOurs = kind === 'standard' && state === 'CREATED' && wrappedKey !== null
    if (!isOurs || deletionDueAt !== null) return false
    if (now < (this.#notBefore.get(id) ?? 0)) return false
    if (!(await isVaultUsed(this.#parts.kernel.catalog.db, id))) return false
    const exportedAt = await this.#attempt(id, () => this.#lastInto(id, signal))
    return exportedAt !== undefined && this.#isOld(exportedAt, now, restMs)
  }

  #isOld(exportedAt: number, now: number, rest: number): boolean {
    // A clock that was set back makes the last one lie ahead: then it is made again.
    if (exportedAt > now || now - exportedAt >= dayMs) return true
    const isChanged = this.#changedAt !== undefined && this.#changedAt >= exportedAt
    return isChanged && now - exportedAt >= rest
  }

  async #lastInto(id: VaultId, signal: AbortSignal): Promise<number> {
    const known = this.#exportedAt.get(id)
    if (known !== undefined) return known
    await using reading = await this.#parts.gateway.read(id, signal)
    const exportedAt = ownPointsOf(reading.points)[0]?.exportedAt ?? Number.NEGATIVE_INFINITY
    this.#exportedAt.set(id, exportedAt)
    return exportedAt
  }

  async #backUp(vaults: readonly CatalogVault[], signal: AbortSignal): Promise<void> {
    const { kernel, gateway, master, ports } = this.#parts
    const exportedAt = kernel.wallMs()
    const head = { schema: schemaNow, exportedAt }
    await using kept = await kernel.catalog.readAsOfNow(async (db) => {
      const rows = exportRows(db, exportedAt - recentMs)
      return await ports.keepExport(encodeExport(head, rows, master), signal)
    })
    this.#keptAt = exportedAt
    for (const { id } of vaults) {
      const made = { path: kept.path, exportedAt, startedAt: exportedAt }
      await this.#attempt(id, async () => {
        const hosted = await gateway.host(id, signal)
        const { id: point } = await makeOwnPoint(ports, hosted, made, signal)
        this.#exportedAt.set(id, exportedAt)
        kernel.log.info({ vaultId: id, point }, 'the server was backed up')
      })
    }
  }

  /** One vault that fails keeps no other waiting; it is tried again later. */
  async #attempt<T>(id: VaultId, work: () => Promise<T>): Promise<T | undefined> {
    const { kernel } = this.#parts
    try {
      return await work()
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      kernel.log.error({ vaultId: id, problem }, 'the server could not be backed up into a vault')
      this.#exportedAt.delete(id)
      this.#notBefore.set(id, kernel.wallMs() + afterTroubleMs)
      return undefined
    }
  }
}
