/** Alerts (H4): one stands as long as its topic holds, however often it is raised; channels are told of each occurrence. */
import type {
  AccountId,
  AlertId,
  AlertKind,
  AlertLevel,
  ChannelId,
  ChannelKind,
  InstanceId,
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
import { transact } from '../database/transact.ts'
import type { Job } from '../jobs/jobs.ts'

export type Alert = {
  readonly id: AlertId
  readonly accountId: AccountId
  readonly regionId: string | null
  readonly kind: AlertKind
  readonly level: AlertLevel
  readonly instanceId: InstanceId | null
  readonly vaultId: VaultId | null
  readonly jobId: Job['id'] | null
  /** What it is about: a second alert of a topic that stands is an occurrence of the first. */
  readonly topic: string
  readonly facts: JsonRecord
  readonly occurrences: number
  readonly raisedAt: number
  readonly lastAt: number
  readonly readAt: number | null
  readonly endedAt: number | null
  /** When channels were told of it last; null: none was. */
  readonly notifiedAt: number | null
}

export type AlertRow = Stored<Alert, 'facts', never>
export const alertCodec: Codec<Alert, 'facts'> = codecOf<Alert>()(['facts'])

export type AlertChannel = {
  readonly id: ChannelId
  readonly accountId: AccountId
  readonly kind: ChannelKind
  readonly name: string
  /** Addresses, or the receiver's place and form; no secret. */
  readonly settings: JsonRecord
  /** Sealed by the master key. */
  readonly sealedSecret: Uint8Array | null
  readonly enabled: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

export type ChannelRow = Stored<AlertChannel, 'settings', 'enabled'>
export const channelCodec: Codec<AlertChannel, 'settings', 'enabled'> = codecOf<AlertChannel>()(
  ['settings'],
  ['enabled'],
)

export type Delivery = {
  readonly alertId: AlertId
  readonly channelId: ChannelId
  readonly occurrence: number
  /** Null: nothing more will be tried. */
  readonly dueAt: number | null
  readonly attempts: number
  readonly deliveredAt: number | null
  readonly problem: string | null
  /** When it was tried last. */
  readonly triedAt: number | null
}

export type AlertDraft = Omit<Alert, 'occurrences' | 'lastAt' | 'readAt' | 'endedAt' | 'notifiedAt'>

/** Raises an alert, or counts another occurrence of the one that stands, and makes a delivery for each channel. */
export async function raiseAlert(
  db: CatalogDb,
  draft: AlertDraft,
  channels: readonly ChannelId[],
): Promise<Alert> {
  return await transact(db, async (trx) => {
    const { facts, jobId, level, raisedAt } = draft
    const fresh = {
      ...draft,
      occurrences: 1,
      lastAt: raisedAt,
      readAt: null,
      endedAt: null,
      notifiedAt: null,
    }
    const row = await trx
      .insertInto('alerts')
      .values(alertCodec.toRow(fresh))
      .onConflict((conflict) =>
        conflict
          .columns(['accountId', 'topic'])
          .where('endedAt', 'is', null)
          .doUpdateSet(({ eb, ref }) => ({
            ...alertCodec.toColumns({ facts, jobId, level, lastAt: raisedAt, readAt: null }),
            occurrences: eb(ref('alerts.occurrences'), '+', 1),
          })),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
    const alert = alertCodec.fromRow(row)
    const deliveries = channels.map((channelId) => firstDelivery(alert, channelId))
    if (deliveries.length > 0) {
      await trx.insertInto('alertDeliveries').values(deliveries).execute()
    }
    return alert
  })
}

/** The topic holds no more; false: no alert of it stood. */
export async function endAlert(
  db: CatalogDb,
  of: Pick<Alert, 'accountId' | 'topic'>,
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('alerts')
    .set({ endedAt: now })
    .where('accountId', '=', of.accountId)
    .where('topic', '=', of.topic)
    .where('endedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function markAlertRead(
  db: CatalogDb,
  of: Pick<Alert, 'accountId' | 'id'>,
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('alerts')
    .set({ readAt: now })
    .where('id', '=', of.id)
    .where('accountId', '=', of.accountId)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** All of an account that were last raised until then. */
export async function markAlertsRead(
  db: CatalogDb,
  of: { readonly accountId: AccountId; readonly until: number },
  now: number,
): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ readAt: now })
    .where('accountId', '=', of.accountId)
    .where('readAt', 'is', null)
    .where('lastAt', '<=', of.until)
    .execute()
}

export type AlertFilter = {
  readonly accountId: AccountId
  readonly kinds?: readonly AlertKind[] | undefined
  readonly levels?: readonly AlertLevel[] | undefined
  readonly regionId?: string | undefined
  readonly instanceId?: InstanceId | undefined
  readonly unread?: boolean | undefined
  /** Raised at or after it. */
  readonly from?: number | undefined
  /** Raised before it. */
  readonly until?: number | undefined
  readonly standing?: boolean | undefined
}

/** The newest first. */
export async function listAlerts(
  db: CatalogDb,
  filter: AlertFilter,
  request: PageRequest,
): Promise<Page<Alert>> {
  const query = db
    .selectFrom('alerts')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.kinds, (kinds) => eb('kind', 'in', kinds)),
        ...when(filter.levels, (levels) => eb('level', 'in', levels)),
        ...when(filter.regionId, (regionId) => eb('regionId', '=', regionId)),
        ...when(filter.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(filter.unread, (unread) => eb('readAt', unread ? 'is' : 'is not', null)),
        ...when(filter.from, (from) => eb('raisedAt', '>=', from)),
        ...when(filter.until, (until) => eb('raisedAt', '<', until)),
        ...when(filter.standing, (standing) => eb('endedAt', standing ? 'is' : 'is not', null)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['alerts', filter],
      columns: ['raisedAt', 'id'],
      descends: true,
      positionOf: (row) => ({ value: row.raisedAt, id: row.id }),
    },
    request,
  )
  return mapPage(page, alertCodec.fromRow)
}

export async function putChannel(db: CatalogDb, channel: AlertChannel): Promise<void> {
  const row = channelCodec.toRow(channel)
  await db
    .insertInto('alertChannels')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()
}

export async function listChannels(
  db: CatalogDb,
  accountId: AccountId,
): Promise<readonly AlertChannel[]> {
  const rows = await db
    .selectFrom('alertChannels')
    .selectAll()
    .where('accountId', '=', accountId)
    .orderBy('name')
    .execute()
  return rows.map(channelCodec.fromRow)
}

export async function removeChannel(
  db: CatalogDb,
  of: Pick<AlertChannel, 'accountId' | 'id'>,
): Promise<boolean> {
  const row = await db
    .deleteFrom('alertChannels')
    .where('id', '=', of.id)
    .where('accountId', '=', of.accountId)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Deliveries that are due, now this server's until `nextTryAt`: another server does not take them meanwhile, and when this
 * one dies they are due again then.
 */
export async function takeDeliveries(
  db: CatalogDb,
  times: { readonly now: number; readonly nextTryAt: number; readonly limit: number },
): Promise<readonly Delivery[]> {
  const due = await db
    .selectFrom('alertDeliveries')
    .selectAll()
    .where('dueAt', '<=', times.now)
    .orderBy('dueAt')
    .limit(times.limit)
    .execute()
  const taken: Delivery[] = []
  for (const { alertId, channelId, occurrence, attempts } of due) {
    const row = await selectDelivery(db, { alertId, channelId, occurrence })
      .set({ dueAt: times.nextTryAt, attempts: attempts + 1, triedAt: times.now })
      .where('attempts', '=', attempts)
      .returningAll()
      .executeTakeFirst()
    if (row !== undefined) taken.push(row)
  }
  return taken
}

type DeliveryKey = Pick<Delivery, 'alertId' | 'channelId' | 'occurrence'>

export async function updateDelivery(
  db: CatalogDb,
  key: DeliveryKey,
  change: Pick<Change<Delivery>, 'dueAt' | 'deliveredAt' | 'problem'>,
): Promise<void> {
  await selectDelivery(db, key).set(change).execute()
}

function selectDelivery(db: CatalogDb, key: DeliveryKey) {
  return db
    .updateTable('alertDeliveries')
    .where('alertId', '=', key.alertId)
    .where('channelId', '=', key.channelId)
    .where('occurrence', '=', key.occurrence)
}

function firstDelivery(alert: Alert, channelId: ChannelId): Delivery {
  return {
    alertId: alert.id,
    channelId,
    occurrence: alert.occurrences,
    dueAt: alert.lastAt,
    attempts: 0,
    deliveredAt: null,
    problem: null,
    triedAt: null,
  }
}
