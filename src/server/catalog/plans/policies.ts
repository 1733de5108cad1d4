/** Backup policies, and their bindings to instances (C4, C7). */
import type { AccountId, BindingId, BindingStatus, InstanceId, PolicyId } from '#contract'
import {
  type Change,
  type Codec,
  codecOf,
  type JsonRecord,
  type Stored,
} from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'

export type Policy = {
  readonly id: PolicyId
  readonly accountId: AccountId
  readonly regionId: string
  readonly name: string
  readonly description: string
  /** Of the shape that the contract says. */
  readonly rules: readonly JsonRecord[]
  /** Counts up with each change. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

export type PolicyRow = Stored<Policy, 'rules', never>
const policyCodec: Codec<Policy, 'rules'> = codecOf<Policy>()(['rules'])

export type Binding = {
  readonly id: BindingId
  readonly accountId: AccountId
  readonly regionId: string
  readonly policyId: PolicyId
  readonly instanceId: InstanceId
  readonly status: BindingStatus
  readonly createdByTag: boolean
  readonly settings: JsonRecord
  readonly createdAt: number
  readonly updatedAt: number
}

export type BindingRow = Stored<Binding, 'settings', 'createdByTag'>
const bindingCodec: Codec<Binding, 'settings', 'createdByTag'> = codecOf<Binding>()(
  ['settings'],
  ['createdByTag'],
)

export const policyFromRow = policyCodec.fromRow
export const bindingFromRow = bindingCodec.fromRow

/** False: the region has a policy of this name. */
export async function createPolicy(db: CatalogDb, policy: Policy): Promise<boolean> {
  const row = await db
    .insertInto('policies')
    .values(policyCodec.toRow(policy))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Compare and set by the revision that the caller has seen; undefined: somebody changed it meanwhile, or it is gone. */
export async function updatePolicy(
  db: CatalogDb,
  of: Pick<Policy, 'id' | 'revision'>,
  change: Pick<Change<Policy>, 'name' | 'description' | 'rules'> & Pick<Policy, 'updatedAt'>,
): Promise<Policy | undefined> {
  const row = await db
    .updateTable('policies')
    .set({ ...policyCodec.toColumns(change), revision: of.revision + 1 })
    .where('id', '=', of.id)
    .where('revision', '=', of.revision)
    .where('deletedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : policyCodec.fromRow(row)
}

/** A policy in use cannot be deleted; a binding made meanwhile is seen. */
export async function deletePolicy(
  db: CatalogDb,
  id: PolicyId,
  now: number,
): Promise<'deleted' | 'in-use' | 'unknown'> {
  return await transact(db, async (trx) => {
    // Marked first: `createBinding` waits for this row, and then refuses.
    const row = await trx
      .updateTable('policies')
      .set({ deletedAt: now, updatedAt: now })
      .where('id', '=', id)
      .where('deletedAt', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (row === undefined) return 'unknown'
    const bound = await trx
      .selectFrom('bindings')
      .select('id')
      .where('policyId', '=', id)
      .limit(1)
      .executeTakeFirst()
    if (bound === undefined) return 'deleted'
    await trx.updateTable('policies').set({ deletedAt: null }).where('id', '=', id).execute()
    return 'in-use'
  })
}

export async function findPolicy(db: CatalogDb, id: PolicyId): Promise<Policy | undefined> {
  const row = await db.selectFrom('policies').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : policyCodec.fromRow(row)
}

export async function listPolicies(
  db: CatalogDb,
  accountId: AccountId,
): Promise<readonly Policy[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('deletedAt', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(policyCodec.fromRow)
}

export async function createBinding(
  db: CatalogDb,
  binding: Binding,
): Promise<'created' | 'bound' | 'policy-gone'> {
  return await transact(db, async (trx) => {
    const policy = await trx
      .updateTable('policies')
      .set({ id: binding.policyId })
      .where('id', '=', binding.policyId)
      .where('deletedAt', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (policy === undefined) return 'policy-gone'
    const row = await trx
      .insertInto('bindings')
      .values(bindingCodec.toRow(binding))
      .onConflict((conflict) => conflict.columns(['policyId', 'instanceId']).doNothing())
      .returning('id')
      .executeTakeFirst()
    return row === undefined ? 'bound' : 'created'
  })
}

export async function updateBinding(
  db: CatalogDb,
  id: BindingId,
  change: Pick<Change<Binding>, 'status' | 'settings'> & Pick<Binding, 'updatedAt'>,
): Promise<Binding | undefined> {
  const row = await db
    .updateTable('bindings')
    .set(bindingCodec.toColumns(change))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : bindingCodec.fromRow(row)
}

export async function removeBinding(db: CatalogDb, id: BindingId): Promise<boolean> {
  const row = await db
    .deleteFrom('bindings')
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function listBindings(
  db: CatalogDb,
  of: { readonly policyId: PolicyId } | { readonly instanceId: InstanceId },
): Promise<readonly Binding[]> {
  const query = db.selectFrom('bindings').selectAll().orderBy('id')
  const rows = await ('policyId' in of
    ? query.where('policyId', '=', of.policyId)
    : query.where('instanceId', '=', of.instanceId)
  ).execute()
  return rows.map(bindingCodec.fromRow)
}
