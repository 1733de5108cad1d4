import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  essentialSchedule,
  proposeBackupTime,
  spreadMinutes,
  spreadStart,
} from './essential-schedule.ts'
import { nextDue } from './next-due.ts'
import type { DailySchedule } from './schedule.ts'
import {
  instantOf,
  type LocalDate,
  localDateAt,
  parseLocalDate,
  parseTimeOfDay,
  defaultTimeZone as shanghai,
} from './zone-time.ts'

const at = (date: string, time: string) =>
  instantOf(shanghai, parseLocalDate(date), parseTimeOfDay(time))
const daily = (time: string, firstDate = '2026-05-01'): DailySchedule => ({
  kind: 'daily',
  zone: shanghai,
  minuteOfDay: parseTimeOfDay(time),
  firstDate: parseLocalDate(firstDate),
})

function change(facts: {
  from: string
  to: string
  now: string
  lastRunDate?: string
  firstDate?: string
}) {
  const proposal = proposeBackupTime({
    schedule: daily(facts.from, facts.firstDate),
    minuteOfDay: parseTimeOfDay(facts.to),
    now: at('2026-05-20', facts.now),
    lastRunDate: facts.lastRunDate === undefined ? undefined : parseLocalDate(facts.lastRunDate),
  })
  return {
    effect: proposal.effect,
    next: proposal.next && new Date(proposal.next.dueAt + 8 * 3600e3).toISOString().slice(0, 16),
    lost: proposal.lost?.date,
  }
}

test('default starts of thousands of plans are spread evenly over 00:00 to 06:00 (C1)', () => {
  const kinds: readonly ((i: number) => string)[] = [
    (i) => `plan-${i}`,
    (i) => i.toString(16).padStart(32, '0'),
    (i) => `pl_${(i * 2654435761).toString(36)}`,
    (i) => String.fromCharCode(97 + (i % 26)) + '0'.repeat(i % 40) + i,
  ]
  const plans = 36_000
  for (const planId of kinds) {
    const counts = new Array<number>(spreadMinutes).fill(0)
    for (let i = 0; i < plans; i++) {
      const minute = spreadStart(planId(i))
      counts[minute] = (counts[minute] ?? 0) + 1
    }
    equal(counts.length, spreadMinutes, 'no start is outside of the six hours')
    const mean = plans / spreadMinutes
    const chiSquare = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
    // 359 degrees of freedom: a fair spread exceeds 500 less than once in a million times.
    ok(chiSquare < 500, `${planId(1)}: chi-square ${chiSquare}`)
    ok(Math.max(...counts) < 1.6 * mean, `${planId(1)}: most ${Math.max(...counts)}`)
  }
})

test('the default start of a plan is an early minute and always the same (C1)', () => {
  fc.assert(
    fc.property(fc.string(), (planId) => {
      const minute = spreadStart(planId)
      ok(Number.isInteger(minute) && minute >= 0 && minute < 360)
      equal(spreadStart(planId), minute)
    }),
  )
})

test('the first run is the first start after the activation (C1)', () => {
  const begin = (time: string | undefined, now: string) =>
    essentialSchedule({
      planId: 'p',
      zone: shanghai,
      minuteOfDay: time === undefined ? undefined : parseTimeOfDay(time),
      activatedAt: at('2026-05-20', now),
    })
  deepEqual(begin('05:00', '04:59'), daily('05:00', '2026-05-20'))
  deepEqual(begin('05:00', '05:00'), daily('05:00', '2026-05-21'))
  equal(begin(undefined, '12:00').minuteOfDay, spreadStart('p'))
})

test('05:00 changed to 04:00 at 04:30: today is skipped, tomorrow at 04:00 (C2, the example)', () => {
  deepEqual(change({ from: '05:00', to: '04:00', now: '04:30', lastRunDate: '2026-05-19' }), {
    effect: 'skips-today',
    next: '2026-05-21T04:00',
    lost: '2026-05-20',
  })
})

test('a new time still to come today is used today and later (C2)', () => {
  deepEqual(change({ from: '05:00', to: '06:00', now: '04:30', lastRunDate: '2026-05-19' }), {
    effect: 'today',
    next: '2026-05-20T06:00',
    lost: undefined,
  })
  deepEqual(change({ from: '05:00', to: '04:31', now: '04:30' }).next, '2026-05-20T04:31')
  deepEqual(change({ from: '05:00', to: '04:30', now: '04:30' }).effect, 'skips-today')
})

test('after today has run, later runs use the new time, whether it has passed or not (C2)', () => {
  for (const to of ['04:00', '23:00']) {
    deepEqual(change({ from: '05:00', to, now: '05:30', lastRunDate: '2026-05-20' }), {
      effect: 'from-tomorrow',
      next: `2026-05-21T${to}`,
      lost: undefined,
    })
  }
})

test('changing back in time takes the skip back (C2)', () => {
  deepEqual(change({ from: '04:00', to: '06:00', now: '04:40', firstDate: '2026-05-21' }), {
    effect: 'today',
    next: '2026-05-20T06:00',
    lost: undefined,
  })
})

test('nothing is lost where nothing was planned any more today (C2)', () => {
  deepEqual(change({ from: '04:00', to: '03:00', now: '12:00', firstDate: '2026-05-21' }), {
    effect: 'skips-today',
    next: '2026-05-21T03:00',
    lost: undefined,
  })
})

test('whatever changes of time a day sees, no date has two runs, and a date without one was warned about (C2)', () => {
  const minute = fc.integer({ min: 0, max: 1439 })
  const changes = fc.array(fc.record({ at: fc.integer({ min: 0, max: 4 * 1440 }), to: minute }), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(minute, changes, (start, edits) => {
      const begin = at('2026-05-01', '00:00')
      const { runs, lost } = simulate(start, edits, begin)
      equal(new Set(runs).size, runs.length, 'no date runs twice')
      for (const date of ['2026-05-01', '2026-05-02', '2026-05-03', '2026-05-04'] as LocalDate[]) {
        ok(runs.includes(date) || lost.has(date), `${date} has neither run nor warning`)
      }
    }),
    { numRuns: 500 },
  )
})

/** From edit to edit: what is due until then runs (at the same minute first), then the edit counts. */
function simulate(
  start: number,
  edits: readonly { readonly at: number; readonly to: number }[],
  begin: number,
) {
  let schedule: DailySchedule = { ...daily('00:00'), minuteOfDay: start }
  const runs: LocalDate[] = []
  const lost = new Set<LocalDate>()
  let lookedAt = begin - 1
  const runUntil = (now: number) => {
    for (let due = nextDue(schedule, lookedAt); due && due.dueAt <= now; ) {
      runs.push(due.date)
      due = nextDue(schedule, due.dueAt)
    }
    lookedAt = now
  }
  for (const edit of edits.toSorted((a, b) => a.at - b.at)) {
    const now = begin + edit.at * 60_000
    runUntil(now)
    const request = { schedule, minuteOfDay: edit.to, now, lastRunDate: runs.at(-1) }
    const proposal = proposeBackupTime(request)
    if (proposal.lost !== undefined) {
      equal(proposal.lost.date, localDateAt(shanghai, now), 'only today can be lost')
      lost.add(proposal.lost.date)
    }
    schedule = proposal.schedule
  }
  runUntil(begin + 5 * 1440 * 60_000 - 1)
  return { runs, lost }
}
