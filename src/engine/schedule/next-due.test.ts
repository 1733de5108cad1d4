import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCron } from './cron.ts'
import { findScheduleProblem, listNextDue, nextDue } from './next-due.ts'
import type { DailySchedule, PolicySchedule, Schedule } from './schedule.ts'
import {
  addDays,
  dayMs,
  hourMs,
  instantOf,
  type LocalDate,
  localDateAt,
  minuteOfDayAt,
  parseLocalDate,
  parseTimeOfDay,
  parseTimeZone,
  timeOfDayText,
} from './zone-time.ts'

const wall = (zone: string, date: string, time: string) =>
  instantOf(parseTimeZone(zone), parseLocalDate(date), parseTimeOfDay(time))
const daily = (zone: string, time: string, firstDate: string): DailySchedule => ({
  kind: 'daily',
  zone: parseTimeZone(zone),
  minuteOfDay: parseTimeOfDay(time),
  firstDate: parseLocalDate(firstDate),
})
const begun = (zone: string, date: string, time: string) => ({
  zone: parseTimeZone(zone),
  firstAt: wall(zone, date, time),
})

/** The next runs as clocks of the zone show them. */
function preview(schedule: Schedule, afterAt: number, count: number): readonly string[] {
  return listNextDue(schedule, { afterAt, count }).map(({ dueAt }) => {
    const minute = timeOfDayText(minuteOfDayAt(schedule.zone, dueAt))
    return `${localDateAt(schedule.zone, dueAt)} ${minute}`
  })
}

const zones = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'America/Nuuk',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
]

test('a run in the hour that is left out moves on, one in the hour that comes twice runs once (C1)', () => {
  const schedule = daily('Europe/Berlin', '02:30', '2026-03-01')
  deepEqual(preview(schedule, wall('Europe/Berlin', '2026-03-27', '12:00'), 3), [
    '2026-03-28 02:30',
    '2026-03-29 03:30',
    '2026-03-30 02:30',
  ])
  const autumn = listNextDue(schedule, {
    afterAt: wall('Europe/Berlin', '2026-10-24', '12:00'),
    count: 2,
  })
  deepEqual(
    autumn.map(({ dueAt }) => new Date(dueAt).toISOString()),
    ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  )
})

test('a run that a gap moves over midnight counts for the date before (C1)', () => {
  const schedule = daily('America/Nuuk', '23:30', '2024-03-29')
  const dues = listNextDue(schedule, {
    afterAt: wall('America/Nuuk', '2024-03-30', '00:00'),
    count: 2,
  })
  deepEqual(
    dues.map(({ date }) => date),
    ['2024-03-30', '2024-03-31'],
  )
  equal(localDateAt(schedule.zone, dues[0]?.dueAt ?? 0), '2024-03-31')
  const midnight = wall('America/Nuuk', '2024-03-31', '00:00')
  deepEqual(nextDue(schedule, midnight), dues[0], 'it is still found on the next date')
})

test('a date that a zone skips has no run of its own (C1)', () => {
  const schedule = daily('Pacific/Apia', '05:00', '2011-12-01')
  deepEqual(preview(schedule, wall('Pacific/Apia', '2011-12-28', '12:00'), 3), [
    '2011-12-29 05:00',
    '2011-12-31 05:00',
    '2012-01-01 05:00',
  ])
  const after = wall('Pacific/Apia', '2011-12-29', '12:00')
  equal(nextDue(schedule, after)?.date, '2011-12-31', 'it counts for the date that there was')
})

test('in any zone and at any time of day every date has one run, in order, at most a gap late (C1)', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 1439 }),
      fc.integer({ min: 0, max: 20_000 }),
      (zone, minuteOfDay, day) => {
        const first = addDays('1985-01-01' as LocalDate, day)
        const schedule = { ...daily(zone, '00:00', first), minuteOfDay }
        const dues = listNextDue(schedule, { afterAt: 0, count: 30 })
        dues.forEach(({ dueAt, date }, i) => {
          const before = dues[i - 1]
          equal(dueAt, instantOf(schedule.zone, date, minuteOfDay))
          if (before === undefined) return
          ok(dueAt > before.dueAt, 'runs are in order')
          const isNext = date === addDays(before.date, 1)
          ok(isNext || instantOf(schedule.zone, addDays(before.date, 1), minuteOfDay) === dueAt)
          ok(dueAt - before.dueAt <= 2 * dayMs)
        })
      },
    ),
    { numRuns: 300 },
  )
})

test('asking from any instant gives the run that walking gives (C1, C4)', () => {
  const kinds: readonly ((zone: string) => Schedule)[] = [
    (zone) => daily(zone, '02:30', '2011-01-01'),
    (zone) => ({ kind: 'days', every: 3, ...begun(zone, '2011-01-05', '23:45') }),
    (zone) => ({
      kind: 'weeks',
      every: 2,
      weekdays: [7, 1, 4],
      ...begun(zone, '2011-01-05', '00:15'),
    }),
    (zone) => ({
      kind: 'months',
      every: 1,
      days: [31, 'last', 1],
      ...begun(zone, '2011-01-05', '02:15'),
    }),
    (zone) => ({ kind: 'hours', every: 7, ...begun(zone, '2011-01-05', '02:15') }),
    (zone) => ({
      kind: 'cron',
      times: parseCron('*/20 * * * *'),
      ...begun(zone, '2011-01-05', '02:15'),
    }),
    (zone) => ({
      kind: 'cron',
      times: parseCron('10,40 0-4,23 * * *'),
      ...begun(zone, '2011-01-05', '02:15'),
    }),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom(...kinds),
      fc.integer({ min: 0, max: 400 * 24 * 60 }),
      fc.integer({ min: 0, max: 3 * 24 * 60 }),
      (zone, kind, begin, offset) => {
        const schedule = kind(zone)
        const afterAt = Date.UTC(2011, 0, 1) + begin * 60_000
        const asked = nextDue(schedule, afterAt + offset * 60_000)
        const walked = listNextDue(schedule, { afterAt, count: 260 }).find(
          ({ dueAt }) => dueAt > afterAt + offset * 60_000,
        )
        deepEqual(asked, walked)
      },
    ),
    { numRuns: 300 },
  )
})

test('every n hours counts hours as they pass, over summer time too (C4)', () => {
  const schedule: PolicySchedule = {
    kind: 'hours',
    every: 6,
    ...begun('Europe/Berlin', '2026-03-28', '18:00'),
  }
  deepEqual(preview(schedule, 0, 4), [
    '2026-03-28 18:00',
    '2026-03-29 00:00',
    '2026-03-29 07:00',
    '2026-03-29 13:00',
  ])
  equal(nextDue(schedule, schedule.firstAt)?.dueAt, schedule.firstAt + 6 * hourMs)
})

test('every n days and weeks keep the wall time and count from the first execution (C4)', () => {
  const days: PolicySchedule = {
    kind: 'days',
    every: 2,
    ...begun('Europe/Berlin', '2026-03-27', '18:00'),
  }
  deepEqual(preview(days, 0, 3), ['2026-03-27 18:00', '2026-03-29 18:00', '2026-03-31 18:00'])
  // The first execution is a Wednesday; Tuesday of that week has passed.
  const weeks: PolicySchedule = {
    kind: 'weeks',
    every: 2,
    weekdays: [2, 5],
    ...begun('Europe/Berlin', '2026-05-06', '01:00'),
  }
  deepEqual(preview(weeks, 0, 4), [
    '2026-05-08 01:00',
    '2026-05-19 01:00',
    '2026-05-22 01:00',
    '2026-06-02 01:00',
  ])
})

test('months have their chosen days, shorter ones their last instead; the last once (C4)', () => {
  const months = (every: number, days: readonly (number | 'last')[]): PolicySchedule => ({
    kind: 'months',
    every,
    days,
    ...begun('UTC', '2026-01-15', '03:00'),
  })
  deepEqual(preview(months(1, [30, 31, 'last']), wall('UTC', '2026-01-31', '12:00'), 3), [
    '2026-02-28 03:00',
    '2026-03-30 03:00',
    '2026-03-31 03:00',
  ])
  deepEqual(preview(months(3, ['last', 10]), 0, 4), [
    '2026-01-31 03:00',
    '2026-04-10 03:00',
    '2026-04-30 03:00',
    '2026-07-10 03:00',
  ])
})

test('every n years keeps the day; 29 February is the 28th in other years (C4)', () => {
  const years: PolicySchedule = { kind: 'years', every: 2, ...begun('UTC', '2024-02-29', '03:00') }
  deepEqual(preview(years, 0, 3), ['2024-02-29 03:00', '2026-02-28 03:00', '2028-02-29 03:00'])
})

test('a first execution in the second of two equal hours is not lost (C4)', () => {
  const zone = parseTimeZone('Europe/Berlin')
  const firstAt = Date.UTC(2026, 9, 25, 1, 30)
  const days: PolicySchedule = { kind: 'days', every: 1, zone, firstAt }
  equal(nextDue(days, 0)?.dueAt, firstAt)
  equal(nextDue(days, firstAt)?.dueAt, Date.UTC(2026, 9, 26, 1, 30))
})

test('cron in every hour runs in both of two equal hours and makes up none; at chosen times once (C4)', () => {
  const cron = (text: string): PolicySchedule => ({
    kind: 'cron',
    times: parseCron(text),
    zone: parseTimeZone('Europe/Berlin'),
    firstAt: 0,
  })
  const count = (text: string, date: string) => {
    const end = wall('Europe/Berlin', addDays(parseLocalDate(date), 1), '00:00')
    const afterAt = wall('Europe/Berlin', date, '00:00') - 1
    return listNextDue(cron(text), { afterAt, count: 200 }).filter(({ dueAt }) => dueAt < end)
      .length
  }
  deepEqual(
    ['2026-03-29', '2026-06-01', '2026-10-25'].map((date) => [
      count('30 * * * *', date),
      count('30 2 * * *', date),
      count('30 2,3 * * *', date),
    ]),
    [
      [23, 1, 1],
      [24, 1, 2],
      [25, 1, 2],
    ],
  )
})

test('cron: nothing before the first execution; weekdays, last days and leap days are found (C4)', () => {
  const cron = (text: string): PolicySchedule => ({
    kind: 'cron',
    times: parseCron(text),
    ...begun('Asia/Shanghai', '2026-05-06', '02:00'),
  })
  deepEqual(preview(cron('0 2 * * 2,4,6'), 0, 3), [
    '2026-05-07 02:00',
    '2026-05-09 02:00',
    '2026-05-12 02:00',
  ])
  deepEqual(preview(cron('0 2 * * *'), 0, 1), ['2026-05-06 02:00'])
  deepEqual(preview(cron('15 4 L * *'), 0, 2), ['2026-05-31 04:15', '2026-06-30 04:15'])
  deepEqual(preview(cron('0 0 29 2 *'), 0, 2), ['2028-02-29 00:00', '2032-02-29 00:00'])
  deepEqual(preview(cron('0 0 1 8 *'), 0, 1), ['2026-08-01 00:00'])
  deepEqual(preview(cron('0 12 13 * fri'), 0, 3), [
    '2026-05-08 12:00',
    '2026-05-13 12:00',
    '2026-05-15 12:00',
  ])
})

test('senseless schedules are named (C4)', () => {
  const days: PolicySchedule = { kind: 'days', every: 1, ...begun('UTC', '2026-01-15', '03:00') }
  equal(findScheduleProblem(days), undefined)
  const broken: readonly Schedule[] = [
    { ...days, every: 0 },
    { ...days, every: 1.5 },
    { ...days, every: 1000 },
    { ...days, firstAt: 1 },
    { ...days, kind: 'weeks', weekdays: [] },
    { ...days, kind: 'months', days: [] },
    { ...days, kind: 'months', days: [0] },
    { ...days, kind: 'months', days: [32] },
  ]
  for (const schedule of broken) ok(findScheduleProblem(schedule) !== undefined)
})
