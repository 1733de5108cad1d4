/**
 * Looks after the vaults: expiry, garbage collection, filling the catalog. Each once a day at a time of its own, one vault
 * at a time, by one server of many; and earlier when a plan wants something to go (C6).
 */

import type { PlanId, VaultId } from '#contract'
import { ids, tryDecodeWire } from '#contract'
import { spreadMinutes, spreadStart } from '#engine'
import {
  addChores,
  type Chore,
  finishChore,
  holdChore,
  removeChore,
  takeChore,
} from '../catalog/chores.ts'
import { listPlansById } from '../catalog/plans/plan-runs.ts'
import { type CatalogVault, findVault, listVaults } from '../catalog/vaults/vaults.ts'
import { filledPointOf } from '../gateway/point-origin.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Notices } from '../notices.ts'
import { chooseKept } from './kept-points.ts'
import { vaultChore, vaultChorePrefix } from './vault-chore.ts'

const dayMs = 24 * 3_600_000
/** When this server dies at it, another begins then. */
const holdMs = 10 * 60_000
/** After a failure: the storage may be back then. */
const againAfterMs = 3_600_000
/** How often new vaults are looked for. */
const lookForVaultsMs = 10 * 60_000

export class VaultCare {
  readonly #kernel: ServerKernel
  readonly #notices: Notices
  #running: { readonly chore: Chore; readonly done: Promise<void> } | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(kernel: ServerKernel, notices: Notices) {
    this.#kernel = kernel
    this.#notices = notices
  }

  /** Begins the next vault that is due, unless one is under way; does not wait for it. */
  async look(now: number, signal: AbortSignal): Promise<void> {
    const { db } = this.#kernel.catalog
    if (Math.abs(now - this.#lookedAt) >= lookForVaultsMs) {
      await this.#addVaults(now)
      this.#lookedAt = now
    }
    if (this.#running !== undefined) {
      await holdChore(db, this.#running.chore.name, now + holdMs)
      return
    }
    const take = { prefix: vaultChorePrefix, now, heldUntil: now + holdMs }
    const chore = await takeChore(db, take)
    if (chore === undefined) return
    const done = this.#run(chore, signal).finally(() => {
      this.#running = undefined
    })
    this.#running = { chore, done }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running?.done
  }

  async #addVaults(now: number): Promise<void> {
    const vaults = await listVaults(this.#kernel.catalog.db)
    const cared = vaults.filter(({ kind, state }) => kind === 'standard' && state === 'CREATED')
    const chores = cared.map(({ id }) => ({ name: vaultChore(id), dueAt: now + spreadOf(id) }))
    await addChores(this.#kernel.catalog.db, chores)
  }

  async #run(chore: Chore, signal: AbortSignal): Promise<void> {
    const { log, catalog } = this.#kernel
    const vaultId = vaultOf(chore)
    try {
      const row = vaultId === undefined ? undefined : await findVault(catalog.db, vaultId)
      if (vaultId === undefined || row === undefined || row.deletedAt !== null) {
        await removeChore(catalog.db, chore.name)
        return
      }
      await this.#maintain(row, signal)
      const now = this.#kernel.wallMs()
      await finishChore(catalog.db, chore, { now, nextDueAt: nextOf(chore, now), problem: null })
    } catch (problem) {
      log.warn({ vault: vaultId, problem }, 'a vault could not be looked after')
      if (signal.aborted) return
      await this.#postpone(chore, String(problem))
    }
  }

  async #postpone(chore: Chore, problem: string): Promise<void> {
    const now = this.#kernel.wallMs()
    try {
      const end = { now, nextDueAt: now + againAfterMs, problem: problem.slice(0, 500) }
      await finishChore(this.#kernel.catalog.db, chore, end)
    } catch (trouble) {
      // The hold ends by itself, and the vault is due again then.
      this.#kernel.log.error({ chore: chore.name, problem: trouble }, 'a chore cannot be put off')
    }
  }

  async #maintain(row: CatalogVault, signal: AbortSignal): Promise<void> {
    const { id: vaultId } = row
    const { vaults, catalog, log } = this.#kernel
    const { points } = await vaults.state(vaultId, signal)
    const planIds = new Set(
      points.flatMap((known): PlanId[] => {
        const planId = filledPointOf(known)?.planId ?? null
        return planId === null ? [] : [planId]
      }),
    )
    const plans = await listPlansById(catalog.db, [...planIds])
    const kept = chooseKept({ points, plans, now: this.#kernel.wallMs() })
    const report = await vaults.maintain(vaultId, [...kept], signal)
    const { freedBytes, expired, slowedPacks } = report
    if (slowedPacks > 0) await this.#tellSlowed(row, slowedPacks)
    log.info({ vault: vaultId, freedBytes, expired: expired.length }, 'a vault was looked after')
  }

  /** L15: much that goes at once may be a mistake, or an attack on time: people see it before it is done. */
  async #tellSlowed({ id, accountId, regionId, name }: CatalogVault, packs: number): Promise<void> {
    const text = `Much of the vault ${name} is needed by nothing any more: ${packs} packs of it wait, because at most 5 % of a vault, or 50 GiB, are freed in a day. If nobody of you deleted that much, look into the audit log now.`
    const at = this.#kernel.wallMs()
    const vault = { vaultId: id, vaultName: name }
    await this.#notices.raise({ kind: 'LOCK_EVENT', accountId, regionId, ...vault, text, at })
  }
}

/** The same for ever, and evenly spread over the day. */
function spreadOf(vaultId: VaultId): number {
  return Math.floor((spreadStart(vaultId) / spreadMinutes) * dayMs)
}

/** The same time of day, tomorrow or as soon as that is ahead. */
function nextOf(chore: Chore, now: number): number {
  const days = Math.floor(Math.max(0, now - chore.dueAt) / dayMs) + 1
  return chore.dueAt + days * dayMs
}

function vaultOf({ name }: Chore): VaultId | undefined {
  const read = tryDecodeWire(ids.vault, name.slice(vaultChorePrefix.length))
  return 'value' in read ? read.value : undefined
}
