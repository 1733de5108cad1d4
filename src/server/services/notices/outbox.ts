/**
 * Takes messages from the catalog to their channels. A delivery is taken for some minutes, tried, and then either done or
 * due again later; when the server dies meanwhile it is due again by itself. So a message arrives at least once, always
 * under the same id. A channel that does not work costs one try a round, whatever waits for it.
 */
import { forEachLimited, isFailure } from '#base'
import type { ChannelId } from '#contract'
import {
  type AlertChannel,
  type CatalogDb,
  findAlerts,
  findChannel,
  findUser,
  type PersonalNotice,
  takeDeliveries,
  takePersonalNotices,
  updateDelivery,
  updatePersonalNotice,
} from '../../catalog/index.ts'
import { type Reading, restoreFailedMessage } from './notice-message.ts'
import type { NoticeKernel, NoticePorts } from './notice-ports.ts'
import { outgoingOf, type Parcel, parcelsOf, partsOf } from './parcels.ts'
import { readReading } from './recipients.ts'
import { sendMail, sendMessage } from './send-message.ts'

const perRoundMax = 200
const personalMax = 20
const channelsAtOnceMax = 4
/** Longer than a round can last. */
const takenMs = 10 * 60_000
/** After it a round begins nothing more. */
const roundMs = 20_000
const firstWaitMs = 30_000
const waitMsMax = 3_600_000
/** After three days a message is no news. */
const givenUpAfterMs = 3 * 86_400_000

type Round = { readonly endsAt: number; readonly signal: AbortSignal }

export class Outbox {
  readonly #kernel: NoticeKernel
  readonly #ports: NoticePorts
  readonly #db: CatalogDb

  constructor(kernel: NoticeKernel, ports: NoticePorts) {
    this.#kernel = kernel
    this.#ports = ports
    this.#db = kernel.catalog.db
  }

  async deliverDue(signal: AbortSignal): Promise<void> {
    const now = this.#kernel.wallMs()
    const round = { endsAt: this.#kernel.clock.now().upMs + roundMs, signal }
    const times = { now, nextTryAt: now + takenMs, limit: perRoundMax }
    const taken = await takeDeliveries(this.#db, times)
    const ids = taken.map(({ alertId }) => alertId)
    const parcels = parcelsOf(taken, await findAlerts(this.#db, ids))
    const ofChannels = Map.groupBy(parcels, ({ delivery }) => delivery.channelId)
    await forEachLimited(ofChannels, channelsAtOnceMax, async ([channelId, own]) => {
      await this.#deliverTo(channelId, own, round)
    })
    for (const notice of await takePersonalNotices(this.#db, { ...times, limit: personalMax })) {
      // All go through one mail server: the others wait until they are due again.
      if (!(await this.#tell(notice, signal))) break
    }
  }

  async #deliverTo(channelId: ChannelId, parcels: readonly Parcel[], round: Round): Promise<void> {
    const channel = await findChannel(this.#db, channelId)
    // Its deliveries went with it.
    if (channel === undefined) return
    if (!channel.enabled) {
      return await this.#settle(parcels, { dueAt: null, problem: 'The channel is switched off.' })
    }
    const reading = await readReading(this.#db, channel.accountId, this.#ports)
    const parts = partsOf(channel, parcels)
    for (const [at, part] of parts.entries()) {
      const isLate = this.#kernel.clock.now().upMs >= round.endsAt
      const wasSent = !isLate && (await this.#deliverPart(channel, part, { reading, round }))
      if (wasSent) continue
      // What did not work for this one will not work for the next.
      const rest = parts.slice(at + 1).flat()
      const dueAt = this.#kernel.wallMs() + (isLate ? 0 : firstWaitMs)
      return await this.#settle(isLate ? [...part, ...rest] : rest, { dueAt })
    }
  }

  async #deliverPart(
    channel: AlertChannel,
    parcels: readonly Parcel[],
    given: { readonly reading: Reading; readonly round: Round },
  ): Promise<boolean> {
    const { reading, round } = given
    const now = this.#kernel.wallMs()
    try {
      const problem = await sendMessage(
        { db: this.#db, ports: this.#ports, channel },
        { ...outgoingOf(channel, parcels, reading), reading, now },
        round.signal,
      )
      await this.#settle(parcels, { dueAt: null, deliveredAt: now, problem: problem ?? null })
      return true
    } catch (problem) {
      await this.#postpone(parcels, problem)
      return false
    }
  }

  async #postpone(parcels: readonly Parcel[], problem: unknown): Promise<void> {
    const now = this.#kernel.wallMs()
    if (isFailure(problem, 'job.aborted')) return await this.#settle(parcels, { dueAt: now })
    const says = sentenceOf(problem)
    for (const { delivery, alert } of parcels) {
      const isNews = now - (alert.endedAt ?? alert.lastAt) < givenUpAfterMs
      const dueAt = isNews ? now + waitAfter(delivery.attempts) : null
      await updateDelivery(this.#db, delivery, { dueAt, problem: says })
    }
    const fields = { problem, deliveries: parcels.length }
    this.#kernel.log.warn(fields, 'a channel of alerts does not work')
  }

  async #settle(
    parcels: readonly Parcel[],
    change: Parameters<typeof updateDelivery>[2],
  ): Promise<void> {
    for (const { delivery } of parcels) await updateDelivery(this.#db, delivery, change)
  }

  /** @returns whether it was sent */
  async #tell(notice: PersonalNotice, signal: AbortSignal): Promise<boolean> {
    const now = this.#kernel.wallMs()
    const email = (await findUser(this.#db, notice.userId))?.email ?? undefined
    const to = email === undefined ? [] : [email]
    const reading = await readReading(this.#db, notice.accountId, this.#ports)
    const message = restoreFailedMessage(notice.facts, reading)
    const { id } = notice
    try {
      const problem = await sendMail(this.#ports, to, { id, thread: id, message, reading }, signal)
      const done = { dueAt: null, deliveredAt: now, problem: problem ?? null }
      await updatePersonalNotice(this.#db, id, done)
      return true
    } catch (problem) {
      const isNews = now - notice.createdAt < givenUpAfterMs
      const wait = isFailure(problem, 'job.aborted') ? 0 : waitAfter(notice.attempts)
      const dueAt = isNews ? now + wait : null
      await updatePersonalNotice(this.#db, id, { dueAt, problem: sentenceOf(problem) })
      return false
    }
  }
}

/** Half a minute, then twice as long each time, up to an hour. */
function waitAfter(attempts: number): number {
  return Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(attempts - 1, 20))
}

function sentenceOf(problem: unknown): string {
  return isFailure(problem) ? problem.message : 'The server made an error; its log has the details.'
}
