import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isHourly, matchesDate, parseCron } from './cron.ts'

test('fields are stars, numbers, names, lists, ranges and steps (C4)', () => {
  const { minutes, hours, monthDays, months, weekdays } = parseCron('*/20 1-5/2,23 1,L jan-MAR mon')
  deepEqual(
    [minutes, hours, monthDays, months, weekdays],
    [[0, 20, 40], [1, 3, 5, 23], [1], [1, 2, 3], [1]],
  )
  deepEqual(parseCron('50/5 0 * * *').minutes, [50, 55])
  equal(parseCron('  @daily ').text, '0 0 * * *')
  equal(isHourly(parseCron('@hourly')), true)
  equal(isHourly(parseCron('0 0-22 * * *')), false)
})

test('Sunday is 0 and 7, also at the end of a range (C4)', () => {
  deepEqual(parseCron('0 0 * * 7').weekdays, [0])
  deepEqual(parseCron('0 0 * * fri-sun').weekdays, [0, 5, 6])
  deepEqual(parseCron('0 0 * * 5-7').weekdays, [0, 5, 6])
  deepEqual(parseCron('0 0 * * sun-tue').weekdays, [0, 1, 2])
  deepEqual(parseCron('0 0 * * */2').weekdays, [0, 2, 4, 6])
})

test('what is not cron is refused with a sentence (C4)', () => {
  const texts = [
    '',
    '* * * *',
    '0 0 2 ? * 3,5,7',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '5-1 * * * *',
    '*-5 * * * *',
    '1,,2 * * * *',
    '-1 * * * *',
    'a * * * *',
    '0 0 * feb-jan *',
    '0 0 30 2 *',
    '0 0 31 4,6 *',
    '@reboot',
    `0 0 * * ${'1,'.repeat(200)}1`,
  ]
  for (const text of texts) throws(() => parseCron(text), { code: 'schedule.invalid' }, text)
})

test('both fields of days mean either of them, one of them means that one (C4)', () => {
  const friday = { month: 2, day: 6, daysInMonth: 28, weekday: 5 }
  const last = { month: 2, day: 28, daysInMonth: 28, weekday: 6 }
  const matches = (text: string) => [
    matchesDate(parseCron(text), friday),
    matchesDate(parseCron(text), last),
  ]
  deepEqual(matches('0 0 28 * fri'), [true, true])
  deepEqual(matches('0 0 28 * *'), [false, true])
  deepEqual(matches('0 0 * * fri'), [true, false])
  deepEqual(matches('0 0 L * *'), [false, true])
  deepEqual(matches('0 0 28 3 *'), [false, false])
})

test('whatever text comes, it is refused or its numbers are in their ranges (C4)', () => {
  const letter = fc.constantFrom(...'0123456789*/-,L@ '.split(''), 'jan', 'sun', ' ')
  const text = fc.oneof(
    fc.array(letter, { maxLength: 30 }).map((letters) => letters.join('')),
    fc
      .array(fc.constantFrom('*', '*/3', '5', '1-3', 'L', '7', '0', '1-9/4'), {
        minLength: 5,
        maxLength: 5,
      })
      .map((parts) => parts.join(' ')),
  )
  let read = 0
  fc.assert(
    fc.property(text, (one) => {
      const times = tryParse(one)
      if (times === undefined) return
      read++
      ok(times.minutes.length > 0 && times.minutes.every((value) => value >= 0 && value <= 59))
      ok(times.hours.length > 0 && times.hours.every((value) => value >= 0 && value <= 23))
      ok(times.monthDays.every((value) => value >= 1 && value <= 31))
      ok(times.months.length > 0 && times.months.every((value) => value >= 1 && value <= 12))
      ok(times.weekdays.every((value) => value >= 0 && value <= 6))
      deepEqual(parseCron(times.text), times, 'its own text means the same')
    }),
    { numRuns: 2000 },
  )
  ok(read > 100, 'enough texts were cron')
})

function tryParse(text: string) {
  try {
    return parseCron(text)
  } catch (problem) {
    equal(problem instanceof Error && 'code' in problem && problem.code, 'schedule.invalid')
    return undefined
  }
}
