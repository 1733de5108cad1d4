import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type DueDecision,
  decideDue,
  decideDueRuns,
  lateStartMaxMs,
  nextLook,
  type PlanFacts,
  settledRunsMax,
} from './decide-due.ts'
import type { DailySchedule, Due, PolicySchedule } from './schedule.ts'
import { dayMs, hourMs, type LocalDate, minuteMs, defaultTimeZone as zone } from './zone-time.ts'

const fine: PlanFacts = {
  isPaused: false,
  instanceExists: true,
  hasOpenJob: false,
  clientIsOnline: true,
  windowIsOpen: true,
  runsMissed: false,
}
const due: Due = { dueAt: Date.UTC(2026, 4, 20, 21), date: '2026-05-21' as LocalDate }
const daily: DailySchedule = {
  kind: 'daily',
  zone,
  minuteOfDay: 300,
  firstDate: '2026-05-01' as LocalDate,
}

const table: readonly (readonly [
  name: string,
  facts: Partial<PlanFacts>,
  early: string,
  late: string,
])[] = [
  ['nothing stands in the way', {}, 'run SCHEDULED', 'skip MISSED'],
  [
    'the last one still runs',
    { hasOpenJob: true },
    'skip PREVIOUS_RUNNING',
    'skip PREVIOUS_RUNNING',
  ],
  ['the plan is paused', { isPaused: true }, 'skip PAUSED', 'skip PAUSED'],
  ['the instance is gone', { instanceExists: false }, 'skip INSTANCE_GONE', 'skip INSTANCE_GONE'],
  ['the client is away', { clientIsOnline: false }, 'wait CLIENT_AWAY', 'skip CLIENT_AWAY'],
  ['the window is closed', { windowIsOpen: false }, 'wait OUTSIDE_WINDOW', 'skip OUTSIDE_WINDOW'],
  ['it may be made up', { runsMissed: true }, 'run SCHEDULED', 'run MISSED_RUN'],
  [
    'the client is away, and it may be made up',
    { runsMissed: true, clientIsOnline: false },
    'wait CLIENT_AWAY',
    'wait CLIENT_AWAY',
  ],
  [
    'the last one still runs, and it may be made up',
    { runsMissed: true, hasOpenJob: true },
    'skip PREVIOUS_RUNNING',
    'skip PREVIOUS_RUNNING',
  ],
]

for (const [name, facts, early, late] of table) {
  test(`a due run when ${name}: ${early}; an hour later: ${late} (C3)`, () => {
    const decide = (lateMs: number) =>
      spell(decideDue(due, due.dueAt + lateMs, { ...fine, ...facts }))
    deepEqual([decide(0), decide(lateStartMaxMs), decide(lateStartMaxMs + 1)], [early, early, late])
  })
}

function spell(decision: DueDecision): string {
  return `${decision.kind} ${decision.kind === 'run' ? decision.trigger : decision.why}`
}

test('after days without a server each run has its line, and only the newest may be made up (C3)', () => {
  const decide = (runsMissed: boolean) =>
    decideDueRuns({
      schedule: daily,
      settledAt: due.dueAt - 3 * dayMs,
      now: due.dueAt + 5 * hourMs,
      facts: { ...fine, runsMissed },
    }).decisions.map((one) => `${one.due.date} ${spell(one)}`)
  deepEqual(decide(false), [
    '2026-05-19 skip MISSED',
    '2026-05-20 skip MISSED',
    '2026-05-21 skip MISSED',
  ])
  deepEqual(decide(true).at(-1), '2026-05-21 run MISSED_RUN')
  equal(decide(true).length, 3)
})

test('of very many missed runs the older ones are a number (C3)', () => {
  const hourly: PolicySchedule = { kind: 'hours', every: 1, zone, firstAt: 0 }
  const { decisions, unlisted } = decideDueRuns({
    schedule: hourly,
    settledAt: 0,
    now: 250 * hourMs,
    facts: fine,
  })
  deepEqual([decisions.length, unlisted], [settledRunsMax, 150])
  deepEqual(decisions.at(-1), {
    kind: 'run',
    due: { dueAt: 250 * hourMs, date: '1970-01-11' },
    trigger: 'SCHEDULED',
  })
})

test('a clock set back a little runs no date twice; one that was years ahead loses nothing (C1)', () => {
  const look = (now: number) => nextLook({ schedule: daily, settledAt: due.dueAt, now })?.dueAt
  equal(look(due.dueAt - hourMs), due.dueAt + dayMs)
  equal(look(due.dueAt - 23 * hourMs), due.dueAt + dayMs)
  const wrong = nextLook({
    schedule: daily,
    settledAt: due.dueAt + 4000 * dayMs,
    now: due.dueAt - 1,
  })
  equal(wrong?.dueAt, due.dueAt)
})

test('however the clock is set and the server stopped, each due run is settled once and none is lost (C1, C3)', () => {
  const look = fc.record({
    passedMs: fc.integer({ min: 0, max: 40 * hourMs }),
    setBackMs: fc.integer({ min: 0, max: 20 * hourMs }),
    facts: fc.record({
      hasOpenJob: fc.boolean(),
      clientIsOnline: fc.boolean(),
      runsMissed: fc.boolean(),
    }),
  })
  fc.assert(
    fc.property(
      fc.array(look, { maxLength: 20 }),
      fc.integer({ min: 0, max: 1439 }),
      (looks, minuteOfDay) => {
        const schedule = { ...daily, minuteOfDay }
        let now = due.dueAt
        let settledAt = now
        let newestAt = now
        const settled: Due[] = []
        for (const { passedMs, setBackMs, facts } of looks) {
          now += passedMs
          newestAt = Math.max(newestAt, now)
          const { decisions } = decideDueRuns({
            schedule,
            settledAt,
            now,
            facts: { ...fine, ...facts },
          })
          for (const decision of decisions.filter(({ kind }) => kind !== 'wait')) {
            settled.push(decision.due)
            settledAt = decision.due.dueAt
          }
          now -= Math.min(setBackMs, passedMs)
        }
        const dates = settled.map(({ date }) => date)
        equal(new Set(dates).size, dates.length, 'no date is settled twice')
        deepEqual(dates, [...dates].sort())
        // What a last look, an hour and a minute after the latest, still finds is at most what waits.
        const end = newestAt + lateStartMaxMs + minuteMs
        const rest = decideDueRuns({ schedule, settledAt, now: end, facts: fine }).decisions
        const days = Math.floor((end - due.dueAt) / dayMs)
        ok(dates.length + rest.length >= days, `${dates.length} + ${rest.length} of ${days} days`)
      },
    ),
    { numRuns: 500 },
  )
})
