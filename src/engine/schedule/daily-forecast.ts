/**
 * Whether a daily run can be done in its 24 hours (D7), and with which priority it would be. When it cannot, the next
 * runs are skipped until it has finished, and fewer than 30 daily versions result; the console says so beforehand.
 */
import { assert } from '#base'
import { dayMs } from './zone-time.ts'

/** The priorities of Essential backup (D3); policies have a custom one besides. */
export type EssentialPriority = 'low' | 'high'

/**
 * D3 and D7. MB and GB are decimal. `dailyBytes` is the file data that the originals promise to do in a day: 69 % and 77 %
 * of what the limit would allow, because small files are slower than the limit.
 */
export const priorityLimits: Readonly<
  Record<
    EssentialPriority,
    { readonly bytesPerSecondMax: number; readonly coresMax: number; readonly dailyBytes: number }
  >
> = {
  low: { bytesPerSecondMax: 10e6, coresMax: 1, dailyBytes: 600e9 },
  high: { bytesPerSecondMax: 30e6, coresMax: 2, dailyBytes: 2e12 },
}

/** A run that is over: the bytes that it read, and how long it took. */
export type MeasuredRun = {
  readonly sourceBytes: number
  readonly durationMs: number
  readonly priority: EssentialPriority
}

export type ForecastRequest = {
  readonly priority: EssentialPriority
  /** File data on the instance: what a first run has to read. */
  readonly sourceBytes: number
  /** Finished runs after the first one, oldest first. */
  readonly history: readonly MeasuredRun[]
}

export type DailyForecast = {
  readonly fits: boolean
  readonly expectedMs: number
  /** Daily versions that 30 days of retention will hold. */
  readonly versions: number
  /** The lowest priority that fits; undefined: none does, the limit itself must go or the instance be divided. */
  readonly priority: EssentialPriority | undefined
  readonly from: 'history' | 'size'
}

/** Runs that count: a week, so that the heaviest weekday is among them. */
const historyRuns = 7
const retentionDays = 30
/** A run at or above this part of its limit was held back by the limit; below, by disk or network. */
const limitedFrom = 0.6

/** Forecasts from the heaviest of the last runs, or from the size of the source when nothing was measured. */
export function forecastDailyRun(request: ForecastRequest): DailyForecast {
  const expectedMs = expectedDuration(request, request.priority)
  const days = Math.max(1, Math.ceil(expectedMs / dayMs))
  const fitting = (['low', 'high'] as const).find(
    (priority) => expectedDuration(request, priority) <= dayMs,
  )
  return {
    fits: expectedMs <= dayMs,
    expectedMs,
    versions: Math.floor(retentionDays / days),
    priority: fitting,
    from: request.history.length === 0 ? 'size' : 'history',
  }
}

function expectedDuration(request: ForecastRequest, priority: EssentialPriority): number {
  const runs = request.history.slice(-historyRuns)
  if (runs.length > 0) return Math.max(...runs.map((run) => durationAt(run, priority)))
  return Math.ceil((request.sourceBytes / priorityLimits[priority].dailyBytes) * dayMs)
}

/** How long the same run takes at another priority; what the limit did not hold back gains nothing by a higher one. */
function durationAt(run: MeasuredRun, priority: EssentialPriority): number {
  assert(run.sourceBytes >= 0 && run.durationMs >= 0, 'a run has read bytes in some time')
  if (run.priority === priority) return run.durationMs
  const measured = priorityLimits[run.priority]
  const wanted = priorityLimits[priority]
  const allowedMs = Math.ceil((run.sourceBytes / wanted.bytesPerSecondMax) * 1000)
  const speed = (run.sourceBytes / Math.max(1, run.durationMs)) * 1000
  const wasLimited = speed >= limitedFrom * measured.bytesPerSecondMax
  const scale = measured.bytesPerSecondMax / wanted.bytesPerSecondMax
  return Math.max(allowedMs, wasLimited ? Math.ceil(run.durationMs * scale) : run.durationMs)
}
