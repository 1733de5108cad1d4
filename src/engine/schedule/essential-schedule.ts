/**
 * The schedule of Essential backup (C1) and "modify next backup time" (C2). Default start times are spread over the first
 * six hours of the day, so that thousands of plans do not begin at one minute; a plan keeps its minute for ever.
 */
import { nextDue } from './next-due.ts'
import type { DailySchedule, Due } from './schedule.ts'
import { addDays, instantOf, type LocalDate, localDateAt, type TimeZone } from './zone-time.ts'

/** Default start times lie between 00:00 and 06:00 (original: "automatically selected"). */
export const spreadMinutes = 360

/** The default start of a plan, in minutes since midnight: the same for ever, evenly spread over plans. */
export function spreadStart(planId: string): number {
  return Math.floor((mixed(planId) / 2 ** 32) * spreadMinutes)
}

export type EssentialStart = {
  readonly planId: string
  readonly zone: TimeZone
  /** "Specified time"; undefined: the spread one. */
  readonly minuteOfDay: number | undefined
  readonly activatedAt: number
}

/** The schedule of a new plan: its first run is the first start time after the activation. */
export function essentialSchedule(start: EssentialStart): DailySchedule {
  const minuteOfDay = start.minuteOfDay ?? spreadStart(start.planId)
  const today = localDateAt(start.zone, start.activatedAt)
  const isAhead = instantOf(start.zone, today, minuteOfDay) > start.activatedAt
  return {
    kind: 'daily',
    zone: start.zone,
    minuteOfDay,
    firstDate: isAhead ? today : addDays(today, 1),
  }
}

export type BackupTimeRequest = {
  readonly schedule: DailySchedule
  readonly minuteOfDay: number
  readonly now: number
  /** The date of the newest scheduled run that was started; one that was skipped is no run. */
  readonly lastRunDate: LocalDate | undefined
}

/**
 * What saving a new time of day would do. `today`: today's run is at the new time. `skips-today`: the new time has
 * passed, so today goes without a backup; the console warns before it saves. `from-tomorrow`: today has run already.
 */
export type BackupTimeProposal = {
  readonly effect: 'today' | 'skips-today' | 'from-tomorrow'
  readonly schedule: DailySchedule
  readonly next: Due | undefined
  /** The run that is planned now and that saving would lose. */
  readonly lost: Due | undefined
}

/** C2: only the time of day changes, never the date. Example: 05:00 changed to 04:00 at 04:30 loses today's run. */
export function proposeBackupTime(request: BackupTimeRequest): BackupTimeProposal {
  const { schedule, minuteOfDay, now, lastRunDate } = request
  const today = localDateAt(schedule.zone, now)
  const hasRun = lastRunDate !== undefined && lastRunDate >= today
  const isAhead = instantOf(schedule.zone, today, minuteOfDay) > now
  const firstDate = hasRun ? addDays(lastRunDate, 1) : isAhead ? today : addDays(today, 1)
  const changed = { ...schedule, minuteOfDay, firstDate }
  const planned = nextDue(schedule, now)
  const isLost = !hasRun && !isAhead && planned?.date === today
  return {
    effect: hasRun ? 'from-tomorrow' : isAhead ? 'today' : 'skips-today',
    schedule: changed,
    next: nextDue(changed, now),
    lost: isLost ? planned : undefined,
  }
}

/** FNV-1a over the characters, then the finalizer of MurmurHash3: close ids get distant numbers. 32 bits, unsigned. */
function mixed(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
