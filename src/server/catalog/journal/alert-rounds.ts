/** Which alerts stand, whom to tell of one and when, and what became of it: what notices ask besides alerts.ts. */
import { sql } from 'kysely'
import type {
  AccountId,
  AlertId,
  AlertKind,
  ChannelId,
  InstanceId,
  PlanId,
  VaultId,
} from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { when } from '../database/search.ts'
import { transact } from '../database/transact.ts'
import { putSetting } from '../settings.ts'
import { type Alert, type AlertChannel, alertCodec, channelCodec, type Delivery } from './alerts.ts'

/** The number of the message that says that an alert has ended; occurrences count from one. */
export const endingOccurrence = 0

export async function findAlerts(
  db: CatalogDb,
  ids: readonly AlertId[],
): Promise<ReadonlyMap<AlertId, Alert>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('alerts').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, alertCodec.fromRow(row)]))
}

export type StandingOf = {
  readonly accountId: AccountId
  readonly kinds: readonly AlertKind[]
  readonly instanceId?: InstanceId | undefined
  readonly vaultId?: VaultId | undefined
  readonly topic?: string | undefined
}

export async function listStandingAlerts(db: CatalogDb, of: StandingOf): Promise<readonly Alert[]> {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('endedAt', 'is', null)
    .where((eb) =>
      eb.and([
        eb('accountId', '=', of.accountId),
        eb('kind', 'in', of.kinds),
        ...when(of.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(of.vaultId, (vaultId) => eb('vaultId', '=', vaultId)),
        ...when(of.topic, (topic) => eb('topic', '=', topic)),
      ]),
    )
    .execute()
  return rows.map(alertCodec.fromRow)
}

/**
 * Asks for the right to tell channels of an alert: granted to one of all who ask, and again only when channels were last
 * told before `toldBefore`.
 */
export async function claimTelling(
  db: CatalogDb,
  id: AlertId,
  times: { readonly now: number; readonly toldBefore: number },
): Promise<boolean> {
  const row = await db
    .updateTable('alerts')
    .set({ notifiedAt: times.now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('notifiedAt', 'is', null), eb('notifiedAt', '<=', times.toldBefore)]))
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** What is in the outbox already stays as it is. */
export async function addDeliveries(
  db: CatalogDb,
  of: { readonly alertId: AlertId; readonly occurrence: number; readonly dueAt: number },
  channelIds: readonly ChannelId[],
): Promise<void> {
  if (channelIds.length === 0) return
  const fresh = { ...of, attempts: 0, deliveredAt: null, problem: null, triedAt: null }
  await db
    .insertInto('alertDeliveries')
    .values(channelIds.map((channelId): Delivery => ({ ...fresh, channelId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** What waits for channels that could not be told is old when there is newer to tell. */
export async function supersedeDeliveries(db: CatalogDb, alertId: AlertId): Promise<void> {
  await db
    .updateTable('alertDeliveries')
    .set({ dueAt: null })
    .where('alertId', '=', alertId)
    .where('dueAt', 'is not', null)
    .execute()
}

/** Whether a plan is there and was not cancelled, asked with the text that an alert kept. */
export async function isLivingPlan(db: CatalogDb, planId: unknown): Promise<boolean> {
  if (typeof planId !== 'string') return false
  const plan = await db
    .selectFrom('plans')
    .select('status')
    .where((eb) => eb(eb.ref('id'), '=', sql<PlanId>`${planId}`))
    .executeTakeFirst()
  return plan !== undefined && plan.status !== 'CANCELED'
}

/** Channels that were told of an alert, and so will be told that it is over. */
export async function listToldChannels(
  db: CatalogDb,
  alertId: AlertId,
): Promise<readonly ChannelId[]> {
  const rows = await db
    .selectFrom('alertDeliveries')
    .select('channelId')
    .distinct()
    .where('alertId', '=', alertId)
    .where('deliveredAt', 'is not', null)
    .execute()
  return rows.map(({ channelId }) => channelId)
}

/** Deliveries of these alerts that were tried, in the order of their last try. */
export async function listDeliveriesOf(
  db: CatalogDb,
  alertIds: readonly AlertId[],
): Promise<readonly Delivery[]> {
  if (alertIds.length === 0) return []
  return await db
    .selectFrom('alertDeliveries')
    .selectAll()
    .where('alertId', 'in', alertIds)
    .where('triedAt', 'is not', null)
    .orderBy('triedAt')
    .execute()
}

/** What became of the last message to a channel that was tried. */
export async function findLastDelivery(
  db: CatalogDb,
  channelId: ChannelId,
): Promise<Delivery | undefined> {
  return await db
    .selectFrom('alertDeliveries')
    .selectAll()
    .where('channelId', '=', channelId)
    .where('triedAt', 'is not', null)
    .orderBy('triedAt', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Alerts of what happens and is not (an event has no end) are over when it was not repeated for some time. */
export async function endSilentAlerts(
  db: CatalogDb,
  kinds: readonly AlertKind[],
  times: { readonly lastBefore: number; readonly now: number },
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('alerts')
    .set({ endedAt: times.now })
    .where('endedAt', 'is', null)
    .where('kind', 'in', kinds)
    .where('lastAt', '<', times.lastBefore)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Alerts that ended long ago and their deliveries, and what single people were told; at most so many at once. */
export async function removeOldNotices(
  db: CatalogDb,
  before: number,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('alerts')
    .select('id')
    .where('endedAt', '<', before)
    .orderBy('endedAt')
    .limit(limit)
  const alerts = await db.deleteFrom('alerts').where('id', 'in', old).executeTakeFirstOrThrow()
  const told = db
    .selectFrom('personalNotices')
    .select('id')
    .where('createdAt', '<', before)
    .limit(limit)
  const notices = await db
    .deleteFrom('personalNotices')
    .where('id', 'in', told)
    .executeTakeFirstOrThrow()
  return Number(alerts.numDeletedRows) + Number(notices.numDeletedRows)
}

export async function findChannel(db: CatalogDb, id: ChannelId): Promise<AlertChannel | undefined> {
  const row = await db
    .selectFrom('alertChannels')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : channelCodec.fromRow(row)
}

const contactSetting = 'contactChannel'

/** The channel of the account's contact is made once: who removes it does not get it back. */
export async function makeContactChannel(db: CatalogDb, channel: AlertChannel): Promise<void> {
  const { accountId, createdAt } = channel
  const known = await db
    .selectFrom('settings')
    .select('name')
    .where('scope', '=', accountId)
    .where('name', '=', contactSetting)
    .executeTakeFirst()
  if (known !== undefined) return
  await transact(db, async (trx) => {
    await putSetting(trx, {
      scope: accountId,
      name: contactSetting,
      value: channel.id,
      updatedAt: createdAt,
    })
    await trx
      .insertInto('alertChannels')
      .values(channelCodec.toRow(channel))
      .onConflict((conflict) => conflict.columns(['accountId', 'name']).doNothing())
      .execute()
  })
}
