/** Accounts (tenants) and their regions. */
import type { AccountId, Role } from '#contract'
import type { CatalogDb } from './open-catalog.ts'

export type Account = {
  readonly id: AccountId
  readonly name: string
  /** IANA name; schedules and metering days follow it. */
  readonly timeZone: string
  readonly createdAt: number
}

export type Region = {
  readonly id: string
  readonly accountId: AccountId
  readonly name: string
  readonly controlUrl: string | null
  /** A3: agents may send data elsewhere than they are controlled from. */
  readonly dataUrl: string | null
  readonly createdAt: number
}

/** H2: the owner lets the grantee act for it in a role. */
export type AccountGrant = {
  readonly ownerAccountId: AccountId
  readonly granteeAccountId: AccountId
  readonly role: Role
  readonly alias: string
  readonly grantedAt: number
  readonly revokedAt: number | null
}

/** False: the name is taken. */
export async function createAccount(db: CatalogDb, account: Account): Promise<boolean> {
  const row = await db
    .insertInto('accounts')
    .values(account)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function findAccount(db: CatalogDb, id: AccountId): Promise<Account | undefined> {
  return await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The account that runs the server: the one that was made first, with the first administrator. */
export async function findServerAccountId(db: CatalogDb): Promise<AccountId | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .orderBy('createdAt')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

export async function listAccounts(db: CatalogDb): Promise<readonly Account[]> {
  return await db.selectFrom('accounts').selectAll().orderBy('name').execute()
}

export async function putRegion(db: CatalogDb, region: Region): Promise<void> {
  const { name, controlUrl, dataUrl } = region
  await db
    .insertInto('regions')
    .values(region)
    .onConflict((conflict) =>
      conflict.columns(['accountId', 'id']).doUpdateSet({ name, controlUrl, dataUrl }),
    )
    .execute()
}

export async function listRegions(db: CatalogDb, accountId: AccountId): Promise<readonly Region[]> {
  return await db
    .selectFrom('regions')
    .selectAll()
    .where('accountId', '=', accountId)
    .orderBy('id')
    .execute()
}

/** Grants anew when it was revoked. */
export async function grantAccount(db: CatalogDb, grant: AccountGrant): Promise<void> {
  const { role, alias, grantedAt, revokedAt } = grant
  await db
    .insertInto('accountGrants')
    .values(grant)
    .onConflict((conflict) =>
      conflict
        .columns(['ownerAccountId', 'granteeAccountId'])
        .doUpdateSet({ role, alias, grantedAt, revokedAt }),
    )
    .execute()
}

export async function findAccountGrant(
  db: CatalogDb,
  ownerAccountId: AccountId,
  granteeAccountId: AccountId,
): Promise<AccountGrant | undefined> {
  return await db
    .selectFrom('accountGrants')
    .selectAll()
    .where('ownerAccountId', '=', ownerAccountId)
    .where('granteeAccountId', '=', granteeAccountId)
    .where('revokedAt', 'is', null)
    .executeTakeFirst()
}
