/** What the backup of the server itself asks: whether something of weight was changed, and which vaults are in use. */
import { routeList, type VaultId } from '#contract'
import type { CatalogDb } from './database/open-catalog.ts'

/** Calls that leave nothing behind that a lost catalog would lack, or only in the vaults. */
const lightActions = [
  'alerts.markAllRead',
  'alerts.markRead',
  'jobs.cancel',
  'passkeys.beginSignIn',
  'passkeys.signIn',
  'plans.run',
  'points.extend',
  'points.hold',
  'points.releaseHold',
  'points.remove',
  'restoreJobs.cancel',
  'restoreJobs.create',
  'sessions.commit',
  'sessions.open',
  'signIn.begin',
  'signIn.end',
  'signIn.endOne',
  'vaults.rebuildCatalog',
  // What only takes something out changed nothing at all.
  ...routeList.filter(({ route }) => route.class.audited === true).map(({ name }) => name),
]

/** When the last call since `from` changed accounts, users, plans, vaults and the like; undefined: none did. */
export async function findLastChange(db: CatalogDb, from: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('auditHeads')
    .innerJoin('auditLog', 'auditLog.chain', 'auditHeads.chain')
    .where('auditLog.at', '>=', from)
    .where('auditLog.result', '=', 'done')
    .where('auditLog.action', 'not in', lightActions)
    .select(({ fn }) => fn.max('auditLog.at').as('at'))
    .executeTakeFirst()
  return row?.at ?? undefined
}

/** Something is backed up into it, or was. */
export async function isVaultUsed(db: CatalogDb, vaultId: VaultId): Promise<boolean> {
  const plan = await db
    .selectFrom('plans')
    .select('id')
    .where('vaultId', '=', vaultId)
    .where('status', '<>', 'CANCELED')
    .limit(1)
    .executeTakeFirst()
  if (plan !== undefined) return true
  const point = await db
    .selectFrom('points')
    .select('id')
    .where('vaultId', '=', vaultId)
    .limit(1)
    .executeTakeFirst()
  return point !== undefined
}

/** Points of the newest versions of instances that no plan was ever made for, as far as the catalog knows. */
export async function listNewestWithoutPlan(
  db: CatalogDb,
): Promise<readonly { readonly vaultId: VaultId; readonly id: string }[]> {
  return await db
    .selectFrom('points')
    .innerJoin('versions', (join) =>
      join
        .onRef('versions.vaultId', '=', 'points.vaultId')
        .onRef('versions.id', '=', 'points.versionId'),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('plans')
            .select('plans.id')
            .whereRef('plans.instanceId', '=', 'points.instanceId'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('versions as later')
            .select('later.id')
            .whereRef('later.instanceId', '=', 'versions.instanceId')
            .whereRef('later.createdAt', '>', 'versions.createdAt'),
        ),
      ),
    )
    .where('points.trashedAt', 'is', null)
    .select(['points.vaultId', 'points.id'])
    .execute()
}
