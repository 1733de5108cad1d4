/** Accounts (tenants) and their regions. */
import { failure } from '#base'
import type { AccountId, NoticeLanguage, Role } from '#contract'
import type { Change } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { transact } from '../database/transact.ts'

export type Account = {
  readonly id: AccountId
  readonly name: string
  /** IANA name; schedules and metering days follow it. */
  readonly timeZone: string
  readonly createdAt: number
  /** Where alerts go when nothing else is said; empty: nobody. */
  readonly contact?: string | undefined
  /** Of messages to its people; empty: the server's. */
  readonly language?: NoticeLanguage | '' | undefined
}

export type Region = {
  readonly id: string
  readonly accountId: AccountId
  readonly name: string
  readonly controlUrl: string | null
  /** A3: agents may send data elsewhere than they are controlled from. */
  readonly dataUrl: string | null
  readonly createdAt: number
  readonly description?: string | undefined
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

/** Undefined: there is no such account. @throws record.exists for a name that another has */
export async function updateAccount(
  db: CatalogDb,
  id: AccountId,
  change: { readonly [Key in 'name' | 'timeZone' | 'contact']?: string | undefined } & {
    readonly language?: NoticeLanguage | undefined
  },
): Promise<Account | undefined> {
  return await transact(db, async (trx) => {
    const { name, timeZone, contact, language } = change
    if (name !== undefined) {
      const other = await trx
        .selectFrom('accounts')
        .select('id')
        .where('name', '=', name)
        .where('id', '!=', id)
        .executeTakeFirst()
      if (other !== undefined) throw failure('record.exists', { kind: 'account', name })
    }
    return await trx
      .updateTable('accounts')
      .set({ id, ...defined({ name, timeZone, contact, language }) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
  })
}

/** What is undefined stays as it is. */
function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
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

/** A page of all accounts of the server. */
export async function listAccountPage(
  db: CatalogDb,
  sort: SortOf<'name' | 'createdAt'>,
  request: PageRequest,
): Promise<Page<Account>> {
  const column = sort === 'name' || sort === '-name' ? 'name' : 'createdAt'
  const order = {
    list: ['accounts'],
    columns: [column, 'id'],
    descends: sort.startsWith('-'),
    positionOf: (row: Account) => ({ value: row[column], id: row.id }),
  } as const
  return await readPage(db.selectFrom('accounts').selectAll(), order, request)
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

/** False: the account has one with this id. */
export async function createRegion(db: CatalogDb, region: Region): Promise<boolean> {
  const row = await db
    .insertInto('regions')
    .values(region)
    .onConflict((conflict) => conflict.columns(['accountId', 'id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function findRegion(
  db: CatalogDb,
  accountId: AccountId,
  id: string,
): Promise<Region | undefined> {
  return await db
    .selectFrom('regions')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Undefined: there is no such region. */
export async function updateRegion(
  db: CatalogDb,
  of: Pick<Region, 'accountId' | 'id'>,
  change: Change<Pick<Region, 'name' | 'description' | 'dataUrl'>>,
): Promise<Region | undefined> {
  const { name, description, dataUrl } = change
  return await db
    .updateTable('regions')
    .set({ id: of.id, ...defined({ name, description, dataUrl }) })
    .where('accountId', '=', of.accountId)
    .where('id', '=', of.id)
    .returningAll()
    .executeTakeFirst()
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
