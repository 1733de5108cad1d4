/** Clients that were given up, until they are heard from again: who was told of it, and who must be (A5, H4). */
import type { ClientId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'
import { type Client, clientFromRow } from './clients.ts'

export type LostClientRow = {
  readonly clientId: ClientId
  readonly lostAt: number
  /** 1: it was told. */
  readonly told: number
}

const clientsPerCall = 500

/** Active clients not heard from since an instant become UNKNOWN; how many. */
export async function giveUpClients(
  db: CatalogDb,
  heardBefore: number,
  now: number,
): Promise<readonly Client[]> {
  return await transact(db, async (trx) => {
    const silent = trx
      .selectFrom('clients')
      .select('id')
      .where('status', '=', 'ACTIVATED')
      .where('heardAt', '<', heardBefore)
      .orderBy('id')
      .limit(clientsPerCall)
    const rows = await trx
      .updateTable('clients')
      .set({ status: 'UNKNOWN', updatedAt: now })
      .where('id', 'in', silent)
      .where('status', '=', 'ACTIVATED')
      .where('heardAt', '<', heardBefore)
      .returningAll()
      .execute()
    if (rows.length > 0) {
      await trx
        .insertInto('lostClients')
        .values(rows.map(({ id }) => ({ clientId: id, lostAt: now, told: 0 })))
        .onConflict((conflict) => conflict.column('clientId').doUpdateSet({ lostAt: now, told: 0 }))
        .execute()
    }
    return rows.map(clientFromRow)
  })
}

/** Lost clients of which nobody was told, and those that were heard from again. */
export async function listLostNews(
  db: CatalogDb,
): Promise<{ readonly lost: readonly Client[]; readonly back: readonly Client[] }> {
  const of = () =>
    db
      .selectFrom('lostClients')
      .innerJoin('clients', 'clients.id', 'lostClients.clientId')
      .selectAll('clients')
      .orderBy('clients.id')
      .limit(clientsPerCall)
  const lost = await of().where('told', '=', 0).where('clients.status', '=', 'UNKNOWN').execute()
  const back = await of().where('clients.status', '<>', 'UNKNOWN').execute()
  return { lost: lost.map(clientFromRow), back: back.map(clientFromRow) }
}

export async function markLostTold(db: CatalogDb, clientId: ClientId): Promise<void> {
  await db.updateTable('lostClients').set({ told: 1 }).where('clientId', '=', clientId).execute()
}

export async function forgetLost(db: CatalogDb, clientId: ClientId): Promise<void> {
  await db.deleteFrom('lostClients').where('clientId', '=', clientId).execute()
}

/** An installation, upgrade or removal that began before the instant and was never heard of again has failed. */
export async function failStalledDeployments(
  db: CatalogDb,
  begunBefore: number,
  now: number,
): Promise<readonly Client[]> {
  const failed = []
  for (const [status, then] of [
    ['INSTALLING', 'INSTALL_FAILED'],
    ['UPGRADING', 'UPGRADE_FAILED'],
    ['UNINSTALLING', 'UNINSTALL_FAILED'],
  ] as const) {
    const rows = await db
      .updateTable('clients')
      .set({
        status: then,
        updatedAt: now,
        problemCode: 'agent.unreachable',
        problem: 'nothing was heard of it for too long',
      })
      .where('status', '=', status)
      .where('updatedAt', '<', begunBefore)
      .where((eb) => eb.or([eb('heardAt', 'is', null), eb('heardAt', '<', begunBefore)]))
      .returningAll()
      .execute()
    failed.push(...rows.map(clientFromRow))
  }
  return failed
}
