/** What an account uses now, as a day like today would be metered. */
import { failure } from '#base'
import type { AccountId, InstanceId } from '#contract'
import type { DayUsage, LocalDate } from '#engine'
import {
  type CatalogDb,
  findInstance,
  listMeteredInstances,
  readPolicyUse,
} from '../../catalog/index.ts'
import { policyUsage } from './roll-up.ts'

/** A day like today, with more block storage. */
export async function usageNow(
  db: CatalogDb,
  accountId: AccountId,
  given: { readonly date: LocalDate; readonly now: number; readonly more: bigint },
): Promise<DayUsage> {
  const metered = await listMeteredInstances(db, accountId, given.now + 1)
  const capacity = metered.reduce((sum, one) => sum + BigInt(one.capacityBytes), given.more)
  const quantities = policyUsage(given.date, await readPolicyUse(db, accountId))
  return { date: given.date, quantities: { ...quantities, ESSENTIAL_CAPACITY: capacity } }
}

/** Of those that are not metered already: these count once. @throws instance.not-found */
export async function capacityOf(
  db: CatalogDb,
  accountId: AccountId,
  of: { readonly instanceIds: readonly InstanceId[]; readonly now: number },
): Promise<bigint> {
  const metered = await listMeteredInstances(db, accountId, of.now + 1)
  const known = new Set(metered.map(({ instanceId }) => instanceId))
  let bytes = 0n
  for (const id of new Set(of.instanceIds)) {
    const instance = await findInstance(db, id)
    if (instance?.accountId !== accountId) throw failure('instance.not-found', { instance: id })
    if (!known.has(id)) bytes += BigInt(instance.blockBytes)
  }
  return bytes
}
