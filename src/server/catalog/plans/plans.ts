/** Backup plans: which instance is backed up into which vault, and when next. */
import type {
  AccountId,
  BindingId,
  InstanceId,
  PlanId,
  PlanStatus,
  PolicyId,
  Priority,
  ProtectionMethod,
  RuleId,
  UserId,
  VaultId,
} from '#contract'
import {
  type Change,
  type Codec,
  codecOf,
  type JsonRecord,
  type Stored,
} from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage } from '../database/page.ts'
import { when } from '../database/search.ts'

export type CatalogPlan = {
  readonly id: PlanId
  readonly accountId: AccountId
  readonly regionId: string
  readonly method: Exclude<ProtectionMethod, 'none'>
  readonly instanceId: InstanceId
  readonly vaultId: VaultId
  readonly policyId: PolicyId | null
  readonly bindingId: BindingId | null
  /** Which BACKUP rule of the policy. */
  readonly ruleId: RuleId | null
  readonly status: PlanStatus
  readonly priority: Priority
  /** As the engine's schedule reads it. */
  readonly schedule: JsonRecord
  /** Sources, exclusions, hooks; of the shape that the contract says. */
  readonly settings: JsonRecord
  /** Null: permanent. */
  readonly retentionDays: number | null
  readonly keepAtLeastOne: boolean
  /** Switching it off takes effect an hour later (C6, L10). */
  readonly keepChangedAt: number
  /** Null: not due any more, or not while paused. */
  readonly nextDueAt: number | null
  /** Everything that was due until then is settled: has its job, or was skipped with a reason. */
  readonly settledAt: number
  /** A run was asked for and begins as soon as the client is there; null: none. */
  readonly askedAt: number | null
  readonly createdBy: UserId | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly canceledAt: number | null
}

type PlanJson = 'schedule' | 'settings'
export type PlanRow = Stored<CatalogPlan, PlanJson, 'keepAtLeastOne'>
const codec: Codec<CatalogPlan, PlanJson, 'keepAtLeastOne'> = codecOf<CatalogPlan>()(
  ['schedule', 'settings'],
  ['keepAtLeastOne'],
)

export const planFromRow = codec.fromRow

/** False: the instance has an Essential plan, or the rule of the binding its plan. */
export async function createPlan(db: CatalogDb, plan: CatalogPlan): Promise<boolean> {
  const row = await db
    .insertInto('plans')
    .values(codec.toRow(plan))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export type PlanChange = Omit<
  Change<CatalogPlan>,
  'id' | 'accountId' | 'method' | 'instanceId' | 'createdAt' | 'createdBy'
>

/** @param expected only a plan in one of these states is changed */
export async function updatePlan(
  db: CatalogDb,
  of: { readonly id: PlanId; readonly expected: readonly PlanStatus[] },
  change: PlanChange,
): Promise<CatalogPlan | undefined> {
  const row = await db
    .updateTable('plans')
    .set({ id: of.id, ...codec.toColumns(change) })
    .where('id', '=', of.id)
    .where('status', 'in', of.expected)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function findPlan(db: CatalogDb, id: PlanId): Promise<CatalogPlan | undefined> {
  const row = await db.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** Plans that are due, the longest due first. */
export async function listDuePlans(
  db: CatalogDb,
  now: number,
  limit: number,
): Promise<readonly CatalogPlan[]> {
  const rows = await db
    .selectFrom('plans')
    .selectAll()
    .where('nextDueAt', '<=', now)
    .orderBy('nextDueAt')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(codec.fromRow)
}

/**
 * Moves a plan on to its next due time, in the transaction that made the job of the last. Compare and set: false when
 * another scheduler, or a change of the schedule, moved it meanwhile.
 */
export async function advancePlan(
  db: CatalogDb,
  of: { readonly id: PlanId; readonly dueAt: number },
  next: { readonly nextDueAt: number | null; readonly now: number },
): Promise<boolean> {
  const row = await db
    .updateTable('plans')
    .set({ nextDueAt: next.nextDueAt, updatedAt: next.now })
    .where('id', '=', of.id)
    .where('nextDueAt', '=', of.dueAt)
    .where('status', '=', 'ACTIVE')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** When the next plan is due, so that the scheduler knows how long to sleep. */
export async function findNextDueTime(db: CatalogDb): Promise<number | undefined> {
  const row = await db
    .selectFrom('plans')
    .select('nextDueAt')
    .where('nextDueAt', 'is not', null)
    .orderBy('nextDueAt')
    .limit(1)
    .executeTakeFirst()
  return row?.nextDueAt ?? undefined
}

/** Plans of instances that are not cancelled, the oldest first. */
export async function listPlansOf(
  db: CatalogDb,
  instanceIds: readonly InstanceId[],
): Promise<readonly CatalogPlan[]> {
  if (instanceIds.length === 0) return []
  const rows = await db
    .selectFrom('plans')
    .selectAll()
    .where('instanceId', 'in', instanceIds)
    .where('status', '<>', 'CANCELED')
    .orderBy('id')
    .execute()
  return rows.map(codec.fromRow)
}

export type PlanFilter = {
  readonly accountId: AccountId
  readonly statuses?: readonly PlanStatus[] | undefined
  readonly instanceId?: InstanceId | undefined
  readonly vaultId?: VaultId | undefined
  readonly policyId?: PolicyId | undefined
}

export async function listPlans(
  db: CatalogDb,
  filter: PlanFilter,
  request: PageRequest,
): Promise<Page<CatalogPlan>> {
  const query = db
    .selectFrom('plans')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.statuses, (statuses) => eb('status', 'in', statuses)),
        ...when(filter.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(filter.vaultId, (vaultId) => eb('vaultId', '=', vaultId)),
        ...when(filter.policyId, (policyId) => eb('policyId', '=', policyId)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['plans', filter],
      columns: ['createdAt', 'id'],
      descends: true,
      positionOf: (row) => ({ value: row.createdAt, id: row.id }),
    },
    request,
  )
  return mapPage(page, codec.fromRow)
}
