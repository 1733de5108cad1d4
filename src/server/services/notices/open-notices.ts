/**
 * Notices (H4): a fact becomes an alert in the inbox and messages in the outbox, in one transaction; the outbox is emptied
 * by periodic work. An alert stands as long as its cause does. Channels are told when it begins, once a day while it goes
 * on, and when it is over.
 */
import type { AlertId } from '#contract'
import {
  addDeliveries,
  addPersonalNotice,
  type CatalogDb,
  claimTelling,
  endAlert,
  endingOccurrence,
  endSilentAlerts,
  findJob,
  findVault,
  isLivingPlan,
  listStandingAlerts,
  listToldChannels,
  raiseAlert,
  removeOldNotices,
  supersedeDeliveries,
  transact,
} from '../../catalog/index.ts'
import type { NoticeFact, Notices } from '../../notices.ts'
import type { PeriodicWork } from '../../scheduler/periodic-work.ts'
import type { NoticeKernel, NoticePorts } from './notice-ports.ts'
import { Outbox } from './outbox.ts'
import { ensureContactChannel, findChannels } from './recipients.ts'
import {
  definedFields,
  type EndedAlerts,
  eventKinds,
  type RaisedAlert,
  settleFact,
} from './settle-fact.ts'

/** While an alert stands, channels hear of it again after this. */
export const toldAgainAfterMs = 86_400_000
/** An event that was not repeated for so long is over. */
const silenceMs = 86_400_000
const everyMs = 5_000

export function openNotices(kernel: NoticeKernel, ports: NoticePorts): Notices & PeriodicWork {
  const { catalog } = kernel
  const outbox = new Outbox(kernel, ports)
  return {
    async raise(fact) {
      const { told, hasEnded } = await transact(
        catalog.db,
        async (trx) => await keepFact(kernel, trx, fact),
      )
      const { accountId, at } = fact
      const change = { eventId: catalog.newId('event'), at }
      if (told !== undefined)
        kernel.events.publish(accountId, { kind: 'alert.raised', ...change, alertId: told })
      else if (hasEnded)
        kernel.events.publish(accountId, { kind: 'records.changed', ...change, group: 'alerts' })
    },
    name: 'notices',
    everyMs,
    async run(signal) {
      const now = kernel.wallMs()
      await endSilentAlerts(catalog.db, eventKinds, { lastBefore: now - silenceMs, now })
      await outbox.deliverDue(signal)
    },
  }
}

/** An alert stays in the inbox for a year after it has ended. */
const keptMs = 366 * 86_400_000
const clearedEveryMs = 6 * 3_600_000
const clearedAtOnceMax = 1_000

/** Clears away what ended long ago. */
export function noticeClearing(kernel: Pick<NoticeKernel, 'catalog' | 'wallMs'>): PeriodicWork {
  return {
    name: 'notices-clearing',
    everyMs: clearedEveryMs,
    async run() {
      const before = kernel.wallMs() - keptMs
      await removeOldNotices(kernel.catalog.db, before, clearedAtOnceMax)
    },
  }
}

type Kept = {
  /** The alert of which channels are told now. */
  readonly told: AlertId | undefined
  /** Whether an alert that stood does no more. */
  readonly hasEnded: boolean
}

async function keepFact(kernel: NoticeKernel, trx: CatalogDb, fact: NoticeFact): Promise<Kept> {
  const { raises, ends, restoreFailed } = settleFact(fact)
  const now = kernel.wallMs()
  const hasEnded =
    ends !== undefined && (await endAlerts(trx, { ...ends, accountId: fact.accountId }, now))
  if (restoreFailed !== undefined) await keepPersonal(kernel, trx, restoreFailed)
  const told = raises === undefined ? undefined : await keepAlert(kernel, trx, { fact, raises })
  return { told, hasEnded }
}

async function keepAlert(
  kernel: NoticeKernel,
  trx: CatalogDb,
  { fact, raises }: { readonly fact: NoticeFact; readonly raises: RaisedAlert },
): Promise<AlertId | undefined> {
  const { accountId, regionId, at } = fact
  const { catalog } = kernel
  const now = kernel.wallMs()
  const standing = await listStandingAlerts(trx, {
    accountId,
    kinds: [raises.kind],
    topic: raises.topic,
  })
  // A server that was restarted says again what it said before.
  if (standing.some(({ lastAt }) => lastAt === at)) return undefined
  const id = catalog.newId('alert')
  const facts = await withVaultName(trx, raises)
  const alert = await raiseAlert(
    trx,
    { ...raises, facts, id, accountId, regionId, raisedAt: at },
    [],
  )
  const times = { now, toldBefore: now - toldAgainAfterMs }
  if (!(await claimTelling(trx, alert.id, times))) return undefined
  const newId = () => catalog.newId('channel')
  await ensureContactChannel(trx, { accountId, newId, now })
  await supersedeDeliveries(trx, alert.id)
  await addDeliveries(
    trx,
    { alertId: alert.id, occurrence: alert.occurrences, dueAt: now },
    await findChannels(trx, alert),
  )
  return alert.id
}

/** People know a vault by its name, and facts of runs only have its id. */
async function withVaultName(
  trx: CatalogDb,
  { facts, vaultId }: RaisedAlert,
): Promise<RaisedAlert['facts']> {
  if (vaultId === null || 'vaultName' in facts) return facts
  const vault = await findVault(trx, vaultId)
  return vault === undefined ? facts : { ...facts, vaultName: vault.name }
}

/** @returns whether one of them stood */
async function endAlerts(
  trx: CatalogDb,
  ends: EndedAlerts & { readonly accountId: NoticeFact['accountId'] },
  now: number,
): Promise<boolean> {
  let hasEnded = false
  for (const alert of await listStandingAlerts(trx, ends)) {
    const { planId } = alert.facts
    const isOfOther = ends.planId !== undefined && planId !== ends.planId
    // An alert of a plan that was cancelled would else stand for ever.
    if (isOfOther && (await isLivingPlan(trx, planId))) continue
    if (!(await endAlert(trx, alert, now))) continue
    hasEnded = true
    const ending = { alertId: alert.id, occurrence: endingOccurrence, dueAt: now }
    await addDeliveries(trx, ending, await listToldChannels(trx, alert.id))
  }
  return hasEnded
}

async function keepPersonal(
  kernel: NoticeKernel,
  trx: CatalogDb,
  fact: Extract<NoticeFact, { kind: 'restore-failed' }>,
): Promise<void> {
  const userId = (await findJob(trx, fact.restoreJobId))?.createdBy
  if (userId === null || userId === undefined) return
  const { accountId, regionId: _, kind: __, ...facts } = fact
  const now = kernel.wallMs()
  await addPersonalNotice(trx, {
    id: kernel.catalog.newId('event'),
    accountId,
    userId,
    topic: `restore-failed:${fact.restoreJobId}`,
    facts: definedFields(facts),
    createdAt: now,
    dueAt: now,
  })
}
