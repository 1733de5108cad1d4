/**
 * An empty catalog filled from what outlives a lost one: the keys, and the vaults (E6). The newest export that is whole
 * and ours gives everything that the server knew then; without any, accounts and vaults come from the labels beside the
 * vaults. In both cases points and versions are read from the vaults themselves, so none is missed that is newer.
 */
import { failure, isFailure } from '#base'
import {
  type Catalog,
  type CatalogVault,
  findServerAccountId,
  listNewestWithoutPlan,
  listVaults,
  transact,
} from '../catalog/index.ts'
import { Gateway } from '../gateway/gateway.ts'
import type { GatewayPorts } from '../gateway/gateway-ports.ts'
import type { Log } from '../kernel.ts'
import { importRows, schemaNow } from './catalog-rows.ts'
import { decodeExport } from './export-document.ts'
import { type FoundExport, type FoundVault, findExports, findVaults } from './find-exports.ts'
import { addMissingRows } from './missing-rows.ts'
import type { OwnBackupPorts } from './own-backup-ports.ts'

export type RecoverParts = {
  readonly catalog: Catalog
  readonly gateway: GatewayPorts
  readonly own: Pick<OwnBackupPorts, 'openKept'>
  readonly wallMs: () => number
  readonly log: Log
  /** Names of the storages that were looked into, for messages. */
  readonly storages: readonly string[]
  /** What happens, in sentences for a person. */
  readonly tell: (sentence: string) => void
}

export type RecoveredCatalog = {
  /** When the export was taken; undefined: there was none that could be used. */
  readonly exportedAt: number | undefined
  readonly vaults: number
  readonly points: number
  /** Of vaults that could not be read; their points are missing until they can. */
  readonly unread: readonly string[]
}

/** @throws server.catalog-not-empty, server.nothing-to-recover, server-keys.*, vault.leased, storage.* */
export async function recoverCatalog(
  parts: RecoverParts,
  signal: AbortSignal,
): Promise<RecoveredCatalog> {
  const { catalog, gateway: ports, storages, tell } = parts
  if ((await findServerAccountId(catalog.db)) !== undefined)
    throw failure('server.catalog-not-empty')
  const found = await findVaults(ports, signal)
  try {
    for (const { label, problem } of found) {
      if (problem !== undefined) tell(`The vault ${label.name} cannot be read: ${problem.message}`)
    }
    const exports = await findExports(parts, found, signal)
    if (found.length === 0 && exports.length === 0)
      throw failure('server.nothing-to-recover', { storages: storages.join(', ') })
    const exportedAt = await importNewest(parts, exports, signal)
    if (exportedAt === undefined)
      tell(
        'There is no export that can be used: accounts and vaults are made from the labels of the vaults. Users, plans and settings are made anew by you.',
      )
    const added = await addMissingRows(
      parts,
      found.map(({ place, label, lock }) => ({ place, label, lock })),
    )
    for (const name of added) tell(`Found the vault ${name}.`)
    await closeAll(found)
    return { exportedAt, ...(await fillFromVaults(parts, found, signal)) }
  } finally {
    await closeAll(found)
  }
}

async function closeAll(found: readonly FoundVault[]): Promise<void> {
  for (const { close } of found) await close()
}

/** The newest first; one that cannot be used leaves nothing behind. */
async function importNewest(
  { catalog, gateway, tell }: RecoverParts,
  exports: readonly FoundExport[],
  signal: AbortSignal,
): Promise<number | undefined> {
  for (const { exportedAt, place, open } of exports) {
    const day = new Date(exportedAt).toISOString()
    try {
      const count = await transact(catalog.db, async (trx) => {
        const { head, rows } = await decodeExport(await open(signal), gateway.master)
        if (head.schema > schemaNow)
          throw failure('catalog.newer', { found: head.schema, known: schemaNow })
        return await importRows(trx, rows)
      })
      tell(`Took ${count} records from the export of ${day} (${place}).`)
      return exportedAt
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      // A newer program wrote it: an older export would silently lose what that one knew.
      if (problem.code === 'catalog.newer') throw problem
      tell(`The export of ${day} (${place}) cannot be used: ${problem.message}`)
    }
  }
  return undefined
}

async function fillFromVaults(
  { catalog, gateway: ports, wallMs, log, tell }: RecoverParts,
  found: readonly FoundVault[],
  signal: AbortSignal,
) {
  const ending = new AbortController()
  await using gateway = new Gateway({ catalog, wallMs, log, ending: ending.signal }, ports)
  const there = new Set(found.map(({ label }) => label.vaultId))
  const unread: string[] = []
  let points = 0
  const vaults = (await listVaults(catalog.db)).filter(({ state }) => state === 'CREATED')
  for (const vault of vaults) {
    const problem = await fillFrom(vault)
    if (problem === undefined) continue
    unread.push(vault.name)
    tell(`The vault ${vault.name} was not read: ${problem}`)
  }
  await holdNewest({ catalog, gateway, tell }, signal)
  return { vaults: vaults.length - unread.length, points, unread }

  async function fillFrom({ id, name }: CatalogVault): Promise<string | undefined> {
    if (!there.has(id)) return 'it is in none of the storages of the configuration.'
    try {
      const filled = await gateway.rebuildCatalog(id, signal)
      points += filled
      tell(`The vault ${name}: ${filled === 1 ? '1 backup point' : `${filled} backup points`}.`)
      return undefined
    } catch (problem) {
      if (!isFailure(problem) || signal.aborted) throw problem
      return problem.message
    }
  }
}

const holdReason = 'recovered without its plan'

/**
 * Whether the newest version of an instance outlives its retention is a word of its plan (C6). Where the plan is lost
 * that version is held, until a person releases it.
 */
async function holdNewest(
  { catalog, gateway, tell }: Pick<RecoverParts, 'catalog' | 'tell'> & { gateway: Gateway },
  signal: AbortSignal,
): Promise<void> {
  const points = await listNewestWithoutPlan(catalog.db)
  for (const { vaultId, id } of points) await gateway.hold(vaultId, id, holdReason, signal)
  if (points.length === 0) return
  tell(
    `${points.length === 1 ? 'One point is' : `${points.length} points are`} held, because the plans of their machines are lost: the newest version of each stays until you release it.`,
  )
}
