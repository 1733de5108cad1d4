/** Overview, alerts, metering, audit, health, and the stream of events. */
import { z } from 'zod'
import { meteredItems } from '#engine'
import {
  alertKinds,
  alertLevels,
  auditBreaks,
  auditResults,
  channelKinds,
  watchedGroups,
  webhookForms,
} from '../enums/alerts.ts'
import { jobKinds, jobStates, runningStatuses } from '../enums/jobs.ts'
import { callers } from '../enums/roles.ts'
import { ids } from '../ids.ts'
import type { Decoded } from '../wire/frozen.ts'
import { day, instant } from '../wire/instant.ts'
import { money, quantity } from '../wire/quantity.ts'
import { amount, digest, hostName, label, mailAddress, sentence, webAddress } from '../wire/text.ts'
import { progress } from './job.ts'

const counts = {
  /** Instances with at least one version, released ones included. */
  backedUp: amount,
  /** Existing instances without a version, whatever the cause. */
  unBackedUp: amount,
  /** Total size of the block storage attached to backed-up instances. */
  capacityBytes: amount,
}
const quotaUse = {
  freeUsedBytes: amount,
  freeRemainingBytes: amount,
  billableBytes: amount,
}

/** G1; `regions` has one line for each region, the top has their sum, and the quota is of the account. */
export const overview = z
  .object({
    ...counts,
    ...quotaUse,
    regions: z.array(z.object({ regionId: ids.region, ...counts })),
    at: instant,
  })
  .meta({ id: 'Overview' })
export type Overview = Decoded<typeof overview>

/** The oldest day first; a day on which nothing was metered is not in it. */
export const overviewTrend = z
  .object({ days: z.array(z.object({ date: day, capacityBytes: amount })) })
  .meta({ id: 'OverviewTrend' })
export type OverviewTrend = Decoded<typeof overviewTrend>

export const alert = z
  .object({
    alertId: ids.alert,
    kind: z.enum(alertKinds),
    level: z.enum(alertLevels),
    at: instant,
    /** How often the same was found since, and when last. */
    occurrences: amount,
    lastAt: instant,
    /** When its cause was gone. */
    endedAt: instant.optional(),
    title: sentence,
    text: sentence,
    instanceId: ids.instance.optional(),
    vaultId: ids.vault.optional(),
    jobId: ids.job.optional(),
    readAt: instant.optional(),
    /** To which channels it went, and what became of it. */
    deliveries: z.array(
      z.object({ channelId: ids.channel, at: instant, problem: sentence.optional() }),
    ),
  })
  .meta({ id: 'Alert' })
export type Alert = Decoded<typeof alert>

const [emailKind, webhookKind] = channelKinds
const channelTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal(emailKind), to: z.array(mailAddress).min(1).max(20) }),
  z.strictObject({
    kind: z.literal(webhookKind),
    address: webAddress,
    form: z.enum(webhookForms),
  }),
])

export const channel = z
  .object({
    channelId: ids.channel,
    name: label(64),
    target: channelTarget,
    kinds: z.array(z.enum(alertKinds)),
    enabled: z.boolean(),
    /** Messages carry a proof that they are this server's. */
    signed: z.boolean(),
    lastDeliveryAt: instant.optional(),
    lastProblem: sentence.optional(),
  })
  .meta({ id: 'Channel' })
export type Channel = Decoded<typeof channel>

/** What is after the host of an address is often a secret: answers show stars for it, and stars that come back keep it. */
export const newChannel = z.strictObject({
  name: label(64),
  target: channelTarget,
  /**
   * Of a webhook, and never shown again: signs messages (HMAC-SHA-256; DingTalk's own way there), or is the access token
   * of ntfy. Empty: none.
   */
  secret: z.union([z.literal(''), z.string().min(8).max(256)]).optional(),
  /** All kinds when absent. */
  kinds: z.array(z.enum(alertKinds)).max(alertKinds.length).optional(),
  enabled: z.boolean().optional(),
})
export const channelChange = newChannel.partial()

export const delivery = z
  .object({ delivered: z.boolean(), problem: sentence.optional() })
  .meta({ id: 'Delivery' })

/** H5: one day of an account, and the instances that it is made of. */
export const meteredDay = z
  .object({
    date: day,
    capacityBytes: amount,
    ...quotaUse,
    instances: z.array(
      z.object({
        instanceId: ids.instance,
        capacityBytes: amount,
        /** The version that the capacity was taken at. */
        measuredAt: instant,
      }),
    ),
    /** Every item that was used on the day, the capacity among them. */
    items: z.array(z.object({ item: z.enum(meteredItems), used: quantity })),
  })
  .meta({ id: 'MeteredDay' })
export type MeteredDay = Decoded<typeof meteredDay>

/** A bill and its parts; `used` = `free` + `prepaid` + `charged`, in the item's quantity summed over days. */
export const bill = z
  .object({
    currency: z.string(),
    parts: z.array(
      z.object({
        item: z.enum(meteredItems),
        used: quantity,
        free: quantity,
        prepaid: quantity,
        charged: quantity,
        amount: money,
      }),
    ),
    total: money,
    /** How many days it is for. */
    days: amount,
  })
  .meta({ id: 'Bill' })
export type Bill = Decoded<typeof bill>

/** Characters; all paths of a call, in practice. */
export const auditPathsMax = 16_384

export const auditEntry = z
  .object({
    auditId: ids.audit,
    at: instant,
    caller: z.enum(callers),
    who: label(254),
    from: hostName.optional(),
    action: label(64),
    object: label(128).optional(),
    result: z.enum(auditResults),
    problem: sentence.optional(),
    /** Files that were taken out or looked at, one on each line; of very many the first. */
    paths: z.string().max(auditPathsMax).optional(),
    requestId: label(64),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = Decoded<typeof auditEntry>

/** Each entry carries the hash of the one before it. */
export const auditVerdict = z
  .object({
    entryCount: amount,
    /** Of the newest entry: who noted it elsewhere notices when the log is written anew as a whole. */
    head: digest,
    /** Where the chain breaks first; absent: it is whole. */
    break: z.object({ entry: amount, kind: z.enum(auditBreaks) }).optional(),
  })
  .meta({ id: 'AuditVerdict' })
export type AuditVerdict = Decoded<typeof auditVerdict>

export const health = z
  .object({
    status: z.enum(['ok', 'not-ready']),
    version: label(32),
    problems: z.array(sentence),
  })
  .meta({ id: 'Health' })

export const catalogKinds = ['sqlite', 'postgres'] as const

export const serverFacts = z
  .object({
    version: label(32),
    /** By which people and machines reach it. */
    address: sentence,
    /** SHA-256 of the public key that clients compare; absent: machines trust its certificate anyway. */
    keyFingerprint: digest.optional(),
    catalog: z.enum(catalogKinds),
    /** Whether there is a mail server to send with. */
    sendsMail: z.boolean(),
    /** Of the catalog and the keys. */
    ownBackup: z.object({
      /** When the newest export beside the keys was made; absent: not since the server started. */
      keptAt: instant.optional(),
      vaults: z.array(
        z.object({
          vaultId: ids.vault,
          at: instant.optional(),
          /** The last try failed. */
          inTrouble: z.boolean(),
        }),
      ),
    }),
  })
  .meta({ id: 'ServerFacts' })
export type ServerFacts = Decoded<typeof serverFacts>

const change = { eventId: ids.event, at: instant }

/** What the console hears without asking (G6). Each says what changed; the object itself is asked for. */
export const serverEvent = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('job.progress'),
      ...change,
      job: z.enum(jobKinds),
      jobId: z.union([ids.job, ids.restoreJob]),
      instanceId: ids.instance,
      progress,
    }),
    z.object({
      kind: z.literal('job.state'),
      ...change,
      job: z.enum(jobKinds),
      jobId: z.union([ids.job, ids.restoreJob]),
      instanceId: ids.instance,
      state: z.enum(jobStates),
    }),
    z.object({
      kind: z.literal('instance.status'),
      ...change,
      instanceId: ids.instance,
      runningStatus: z.enum(runningStatuses),
    }),
    z.object({ kind: z.literal('alert.raised'), ...change, alertId: ids.alert }),
    /** Somebody changed records of this group of routes: a plan was paused, a vault renamed, or an alert ended. */
    z.object({ kind: z.literal('records.changed'), ...change, group: z.enum(watchedGroups) }),
    /** Events were lost (a restart, a slow reader): everything is to be asked for again. */
    z.object({ kind: z.literal('stream.gap'), ...change }),
  ])
  .meta({ id: 'ServerEvent' })
export type ServerEvent = Decoded<typeof serverEvent>
