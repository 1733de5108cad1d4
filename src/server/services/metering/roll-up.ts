/**
 * Writes each day of each account once it is over: which instances counted with how much, and what policies used (H5). A
 * day that is written stays. Days that were missed are made up from the versions that are left: what expired meanwhile is
 * charged to nobody.
 */
import {
  addDays,
  dayUsage,
  type LocalDate,
  localDateAt,
  type MeteredItem,
  meteredItems,
  parseLocalDate,
  startOfDate,
} from '#engine'
import {
  type Account,
  addMeteredDay,
  type CatalogDb,
  findLastMeteredDay,
  listAccounts,
  listMeteredInstances,
  type PolicyUse,
  readPolicyUse,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { PeriodicWork } from '../../scheduler/periodic-work.ts'
import { parseZone } from './metering-days.ts'

const everyMs = 10 * 60_000
/** Days of one account in one run; more wait for the next. */
const daysPerRunMax = 31

export function meteringRollUp(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs' | 'log'>,
): PeriodicWork {
  const { db } = kernel.catalog
  return {
    name: 'metering',
    everyMs,
    async run(signal) {
      for (const account of await listAccounts(db)) {
        for (const date of await listOpenDays(db, account, kernel.wallMs())) {
          if (signal.aborted) return
          if (await meterDay(db, { account, date, now: kernel.wallMs() })) {
            kernel.log.debug({ account: account.id, date }, 'a day was metered')
          }
        }
      }
    },
  }
}

/** Days of the account that are over and not written, the oldest first. */
async function listOpenDays(
  db: CatalogDb,
  account: Account,
  now: number,
): Promise<readonly LocalDate[]> {
  const zone = parseZone(account.timeZone)
  const last = await findLastMeteredDay(db, account.id)
  const first =
    last === undefined ? localDateAt(zone, account.createdAt) : addDays(parseLocalDate(last), 1)
  const today = localDateAt(zone, now)
  const days: LocalDate[] = []
  for (let day = first; day < today && days.length < daysPerRunMax; day = addDays(day, 1)) {
    days.push(day)
  }
  return days
}

async function meterDay(
  db: CatalogDb,
  of: { readonly account: Account; readonly date: LocalDate; readonly now: number },
): Promise<boolean> {
  const { account, date, now } = of
  const endAt = startOfDate(parseZone(account.timeZone), addDays(date, 1))
  const instances = await listMeteredInstances(db, account.id, endAt)
  const used = policyUsage(date, await readPolicyUse(db, account.id))
  return await addMeteredDay(
    db,
    { accountId: account.id, day: date, meteredAt: now },
    {
      instances: instances.map(({ madeAt, capacityBytes, ...instance }) => ({
        accountId: account.id,
        day: date,
        ...instance,
        blockBytes: capacityBytes,
        versionAt: madeAt,
      })),
      usage: meteredItems
        .filter((item) => used[item] > 0n)
        .map((item) => ({
          accountId: account.id,
          day: date,
          item,
          quantity: Number(used[item]),
        })),
    },
  )
}

/** Traffic is counted as it flows, and is in the catalog already. */
export function policyUsage(
  date: LocalDate,
  use: PolicyUse,
): Readonly<Record<MeteredItem, bigint>> {
  const clients = Array.from({ length: use.clients }, () => ({ hasBackupData: true }))
  const facts = { clients, vaults: use.vaults, mirrorTrafficBytes: 0, publicRestoreBytes: 0 }
  return dayUsage(date, facts, 0n).quantities
}
