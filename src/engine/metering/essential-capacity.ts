/**
 * The capacity that an Essential day is charged for (H5): of every instance that has a version when the day ends, the
 * block storage at the newest of these. So a skipped day costs as much as the last valid version did; metering begins on
 * the day of the first version and ends with the day before the last one goes.
 */
import { assert } from '#base'
import { addDays, type LocalDate, startOfDate, type TimeZone } from '../schedule/zone-time.ts'
import { type QuotaUse, quotaUse } from './overview.ts'

/** A backup version of an instance, as far as metering cares. Failed jobs make none. */
export type MeteredVersion = {
  readonly madeAt: number
  /** Size of the block storage attached when it was made. */
  readonly capacityBytes: number
  /** When it expired or was deleted; undefined: it exists. */
  readonly endedAt: number | undefined
}

export type MeteredInstance = {
  readonly instanceId: string
  readonly versions: readonly MeteredVersion[]
}

export type ChargedInstance = {
  readonly instanceId: string
  readonly capacityBytes: bigint
  /** The version that the capacity was taken at. */
  readonly measuredAt: number
}

export type EssentialDay = QuotaUse & {
  readonly date: LocalDate
  readonly capacityBytes: bigint
  readonly instances: readonly ChargedInstance[]
}

export type EssentialDayRequest = {
  readonly date: LocalDate
  readonly zone: TimeZone
  readonly freeBytes: bigint
  /** Those of one account, over all regions. */
  readonly instances: readonly MeteredInstance[]
}

/** What one day is charged for; fixed once the day is over. */
export function meterEssentialDay(request: EssentialDayRequest): EssentialDay {
  const endAt = startOfDate(request.zone, addDays(request.date, 1))
  const charged = request.instances.flatMap((instance) => chargeInstance(instance, endAt) ?? [])
  const capacityBytes = charged.reduce((sum, one) => sum + one.capacityBytes, 0n)
  return {
    date: request.date,
    capacityBytes,
    instances: charged,
    ...quotaUse(capacityBytes, request.freeBytes),
  }
}

function chargeInstance(instance: MeteredInstance, endAt: number): ChargedInstance | undefined {
  const living = instance.versions.filter(
    ({ madeAt, endedAt }) => madeAt < endAt && (endedAt === undefined || endedAt >= endAt),
  )
  const [first, ...others] = living
  if (first === undefined) return undefined
  const newest = others.reduce((a, b) => (isNewer(b, a) ? b : a), first)
  const { capacityBytes, madeAt } = newest
  assert(Number.isSafeInteger(capacityBytes) && capacityBytes >= 0, 'a capacity is whole bytes')
  return {
    instanceId: instance.instanceId,
    capacityBytes: BigInt(capacityBytes),
    measuredAt: madeAt,
  }
}

/** Of two at the same instant the smaller counts, so that a bill does not depend on the order of rows. */
function isNewer(a: MeteredVersion, b: MeteredVersion): boolean {
  if (a.madeAt !== b.madeAt) return a.madeAt > b.madeAt
  return a.capacityBytes < b.capacityBytes
}
