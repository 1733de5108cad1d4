/** Deliveries with their alerts, and the message that several of them are together. */
import type { AlertId } from '#contract'
import {
  type Alert,
  type AlertChannel,
  type Delivery,
  endingOccurrence,
  type JsonRecord,
} from '../../catalog/index.ts'
import { readSettings } from './channel-target.ts'
import { type AlertState, alertMessage, digestMessage, type Reading } from './notice-message.ts'
import { idOfMany, type OutgoingMessage } from './send-message.ts'

/** More than this many at once for one channel of people are one message. */
const apartMax = 3

export type Parcel = { readonly delivery: Delivery; readonly alert: Alert }

/** What goes to a channel together: programs get every alert by itself. */
export function partsOf(
  channel: AlertChannel,
  parcels: readonly Parcel[],
): readonly (readonly Parcel[])[] {
  const areApart = isForPrograms(channel) || parcels.length <= apartMax
  return areApart ? parcels.map((parcel) => [parcel]) : [parcels]
}

export function parcelsOf(
  taken: readonly Delivery[],
  alerts: ReadonlyMap<AlertId, Alert>,
): readonly Parcel[] {
  return taken.flatMap((delivery) => {
    const alert = alerts.get(delivery.alertId)
    return alert === undefined ? [] : [{ delivery, alert }]
  })
}

function isForPrograms(channel: AlertChannel): boolean {
  const settings = readSettings(channel)
  return settings.kind === 'webhook' && settings.form === 'json'
}

export function outgoingOf(
  channel: AlertChannel,
  parcels: readonly Parcel[],
  reading: Reading,
): Omit<OutgoingMessage, 'now' | 'reading'> {
  const messages = parcels.map(({ alert, delivery }) =>
    alertMessage(alert, reading, stateOf(delivery)),
  )
  const ids = parcels.map(({ delivery }) => deliveryId(delivery))
  const [parcel] = parcels
  const [message] = messages
  const [id] = ids
  if (parcels.length > 1 || parcel === undefined || message === undefined || id === undefined) {
    const many = idOfMany(ids)
    return { id: many, thread: many, message: digestMessage(messages, reading), facts: {} }
  }
  const facts = programFacts(parcel.alert, stateOf(parcel.delivery))
  return { id, thread: `${parcel.alert.id}.${channel.id}`, message, facts }
}

function deliveryId({ alertId, occurrence, channelId }: Delivery): string {
  return `${alertId}.${occurrence}.${channelId}`
}

function stateOf({ occurrence }: Delivery): AlertState {
  return occurrence === endingOccurrence ? 'ended' : 'raised'
}

/** What a program reads: names as they are, instants as text. */
function programFacts(alert: Alert, state: AlertState): JsonRecord {
  const { instanceName, vaultName } = alert.facts
  const instantText = (at: number): string => new Date(at).toISOString()
  const fields = {
    event: `alert.${state}`,
    alertId: alert.id,
    alertKind: alert.kind,
    at: instantText(alert.raisedAt),
    lastAt: instantText(alert.lastAt),
    endedAt: alert.endedAt === null ? null : instantText(alert.endedAt),
    occurrences: alert.occurrences,
    accountId: alert.accountId,
    regionId: alert.regionId,
    instanceId: alert.instanceId,
    instanceName: instanceName ?? null,
    vaultId: alert.vaultId,
    vaultName: vaultName ?? null,
    jobId: alert.jobId,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
