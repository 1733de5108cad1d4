/** Backups by the days of whoever looks: what each day of a calendar shows. Pure: the present is an argument. */

export type DayStatus = 'complete' | 'partial' | 'failed'

export type Day = {
  /** Its local midnight. */
  readonly at: number
  readonly counts: Readonly<Record<DayStatus, number>>
}

type Backup = { readonly createdAt: number; readonly status: DayStatus }

/**
 * Weeks from Monday to Sunday, the last of which holds `now`; days to come are left out. Every backup that is not older
 * is in exactly one of them.
 */
export function calendarWeeks(
  backups: readonly Backup[],
  { now, weeks }: { readonly now: number; readonly weeks: number },
): readonly (readonly Day[])[] {
  const byDay = new Map<number, Backup[]>()
  for (const backup of backups) {
    const at = startOfDay(backup.createdAt)
    byDay.set(at, [...(byDay.get(at) ?? []), backup])
  }
  const today = startOfDay(now)
  const weekDay = (new Date(today).getDay() + 6) % 7
  const first = -weekDay - (weeks - 1) * 7
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => addDays(today, first + week * 7 + day))
      .filter((at) => at <= today)
      .map((at) => ({ at, counts: countOf(byDay.get(at) ?? []) })),
  )
}

function countOf(backups: readonly Backup[]): Day['counts'] {
  const of = (status: DayStatus) => backups.filter((backup) => backup.status === status).length
  return { complete: of('complete'), partial: of('partial'), failed: of('failed') }
}

export function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** By the calendar: a day is not always 24 hours. */
export function addDays(at: number, days: number): number {
  const date = new Date(at)
  return date.setDate(date.getDate() + days)
}

/** The worst of the day: a failure that a later success made good still shows. */
export function worstOf({ counts }: Day): DayStatus | undefined {
  return (['failed', 'partial', 'complete'] as const).find((status) => counts[status] > 0)
}
