/**
 * Takes messages from the catalog to their channels. A delivery is taken for some minutes, tried, and then either done or
 * due again later; when the server dies meanwhile it is due again by itself. So a message arrives at least once, always
 * under the same id. A channel that does not work costs one try a round, whatever waits for it.
 */
import { forEachLimited, isFailure } from '#base'
import type { AlertId, ChannelId } from '#contract'
import {
  type Alert,
  type AlertChannel,
  type Delivery,
  endingOccurrence,
  findAlerts,
  findChannel,
  findUser,
  type JsonRecord,
  type PersonalNotice,
  takeDeliveries,
  takePersonalNotices,
  updateDelivery,
  updatePersonalNotice,
} from '../../catalog/index.ts'
import { readSettings } from './channel-target.ts'
import {
  type AlertState,
  alertMessage,
  digestMessage,
  type Reading,
  restoreFailedMessage,
} from './notice-message.ts'
import type { NoticeKernel, NoticePorts } from './notice-ports.ts'
import { readReading } from './recipients.ts'
import { idOfMany, type OutgoingMessage, sendMail, sendMessage } from './send-message.ts'

const perRoundMax = 200
const personalMax = 20
const channelsAtOnceMax = 4
/** Longer than a round can last. */
const takenMs = 10 * 60_000
/** After it a round begins nothing more. */
const roundMs = 20_000
/** More than this many at once for one channel of people are one message. */
const apartMax = 3
const firstWaitMs = 30_000
const waitMsMax = 3_600_000
/** After three days a message is no news. */
export const givenUpAfterMs = 3 * 86_400_000

export type Outbox = { deliverDue(signal: AbortSignal): Promise<void> }

type Parcel = { readonly delivery: Delivery; readonly alert: Alert }
type Round = { readonly endsAt: number; readonly signal: AbortSignal }

export function waitAfter(attempts: number): number {
  return Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(attempts - 1, 20))
}

export function createOutbox(kernel: NoticeKernel, ports: NoticePorts): Outbox {
  const { db } = kernel.catalog
  return {
    async deliverDue(signal) {
      const now = kernel.wallMs()
      const round = { endsAt: kernel.clock.now().upMs + roundMs, signal }
      const times = { now, nextTryAt: now + takenMs, limit: perRoundMax }
      const taken = await takeDeliveries(db, times)
      const alerts = await findAlerts(
        db,
        taken.map(({ alertId }) => alertId),
      )
      const parcels = Map.groupBy(parcelsOf(taken, alerts), ({ delivery }) => delivery.channelId)
      await forEachLimited(parcels, channelsAtOnceMax, async ([channelId, own]) => {
        await deliverTo(channelId, own, round)
      })
      for (const notice of await takePersonalNotices(db, { ...times, limit: personalMax })) {
        // All go through one mail server: the others wait until they are due again.
        if (!(await tell(notice, signal))) break
      }
    },
  }

  async function deliverTo(
    channelId: ChannelId,
    parcels: readonly Parcel[],
    round: Round,
  ): Promise<void> {
    const channel = await findChannel(db, channelId)
    // Its deliveries went with it.
    if (channel === undefined) return
    if (!channel.enabled) {
      return await settle(parcels, { dueAt: null, problem: 'The channel is switched off.' })
    }
    const reading = await readReading(db, channel.accountId, ports)
    const parts = isForPrograms(channel) || parcels.length <= apartMax ? apart(parcels) : [parcels]
    for (const [at, part] of parts.entries()) {
      const isLate = kernel.clock.now().upMs >= round.endsAt
      const wasSent = !isLate && (await deliverPart(channel, part, { reading, round }))
      if (wasSent) continue
      // What did not work for this one will not work for the next.
      const rest = parts.slice(at + 1).flat()
      const dueAt = kernel.wallMs() + (isLate ? 0 : waitAfter(1))
      return await settle(isLate ? [...part, ...rest] : rest, { dueAt })
    }
  }

  async function deliverPart(
    channel: AlertChannel,
    parcels: readonly Parcel[],
    given: { readonly reading: Reading; readonly round: Round },
  ): Promise<boolean> {
    const outgoing = outgoingOf(channel, parcels, given.reading)
    const now = kernel.wallMs()
    try {
      const problem = await sendMessage(
        { db, ports, channel },
        { ...outgoing, reading: given.reading, now },
        given.round.signal,
      )
      await settle(parcels, { dueAt: null, deliveredAt: now, problem: problem ?? null })
      return true
    } catch (problem) {
      await postpone(parcels, problem)
      return false
    }
  }

  async function postpone(parcels: readonly Parcel[], problem: unknown): Promise<void> {
    const now = kernel.wallMs()
    if (isFailure(problem, 'job.aborted')) return await settle(parcels, { dueAt: now })
    const says = sentenceOf(problem)
    for (const { delivery, alert } of parcels) {
      const isNews = now - (alert.endedAt ?? alert.lastAt) < givenUpAfterMs
      const dueAt = isNews ? now + waitAfter(delivery.attempts) : null
      await updateDelivery(db, delivery, { dueAt, problem: says })
    }
    kernel.log.warn({ problem, deliveries: parcels.length }, 'a channel of alerts does not work')
  }

  async function settle(
    parcels: readonly Parcel[],
    change: Parameters<typeof updateDelivery>[2],
  ): Promise<void> {
    for (const { delivery } of parcels) await updateDelivery(db, delivery, change)
  }

  async function tell(notice: PersonalNotice, signal: AbortSignal): Promise<boolean> {
    const now = kernel.wallMs()
    const to = (await findUser(db, notice.userId))?.email ?? undefined
    const reading = await readReading(db, notice.accountId, ports)
    const message = restoreFailedMessage(notice.facts, reading)
    const outgoing = { id: notice.id, thread: notice.id, message, reading }
    try {
      const problem = await sendMail(ports, to === undefined ? [] : [to], outgoing, signal)
      const done = { dueAt: null, deliveredAt: now, problem: problem ?? null }
      await updatePersonalNotice(db, notice.id, done)
      return true
    } catch (problem) {
      const isNews = now - notice.createdAt < givenUpAfterMs
      const wait = isFailure(problem, 'job.aborted') ? 0 : waitAfter(notice.attempts)
      await updatePersonalNotice(db, notice.id, {
        dueAt: isNews ? now + wait : null,
        problem: sentenceOf(problem),
      })
      return false
    }
  }
}

function parcelsOf(
  taken: readonly Delivery[],
  alerts: ReadonlyMap<AlertId, Alert>,
): readonly Parcel[] {
  return taken.flatMap((delivery) => {
    const alert = alerts.get(delivery.alertId)
    return alert === undefined ? [] : [{ delivery, alert }]
  })
}

function apart(parcels: readonly Parcel[]): readonly (readonly Parcel[])[] {
  return parcels.map((parcel) => [parcel])
}

/** Programs get every alert by itself. */
function isForPrograms(channel: AlertChannel): boolean {
  const settings = readSettings(channel)
  return settings.kind === 'webhook' && settings.form === 'json'
}

function outgoingOf(
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
export function programFacts(alert: Alert, state: AlertState): JsonRecord {
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

function sentenceOf(problem: unknown): string {
  return isFailure(problem) ? problem.message : 'The server made an error; its log has the details.'
}
