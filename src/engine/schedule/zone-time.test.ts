import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultTimeZone,
  instantOf,
  isEvenDate,
  type LocalDate,
  listInstantsOf,
  localDateAt,
  minuteOfDayAt,
  parseLocalDate,
  parseTimeOfDay,
  parseTimeZone,
  startOfDate,
  timeOfDayText,
} from './zone-time.ts'

const berlin = parseTimeZone('Europe/Berlin')
const date = (text: string): LocalDate => parseLocalDate(text)
const utc = (at: number) => new Date(at).toISOString()

test('the default zone is UTC+8 (C1, H5)', () => {
  equal(utc(instantOf(defaultTimeZone, date('2026-03-31'), 5 * 60)), '2026-03-30T21:00:00.000Z')
  equal(localDateAt(defaultTimeZone, Date.UTC(2026, 2, 30, 16)), '2026-03-31')
  equal(minuteOfDayAt(defaultTimeZone, Date.UTC(2026, 2, 30, 16, 7)), 7)
})

test('zones are names or offsets, everything else is refused with a sentence', () => {
  equal(parseTimeZone('europe/berlin'), 'Europe/Berlin')
  equal(parseTimeZone('UTC'), 'UTC')
  equal(parseTimeZone('+05:30'), '+05:30')
  for (const text of ['', 'Mars/Phobos', '2026-01-01T00:00+08:00', '+25:00', 'UTC+8', '../etc']) {
    throws(() => parseTimeZone(text), { code: 'schedule.invalid' }, text)
  }
})

test('dates and times of day are read strictly', () => {
  equal(parseTimeOfDay('00:00'), 0)
  equal(timeOfDayText(parseTimeOfDay('23:59')), '23:59')
  for (const text of ['24:00', '5:00', '05:60', '']) {
    throws(() => parseTimeOfDay(text), { code: 'schedule.invalid' }, text)
  }
  for (const text of ['2026-02-29', '2026-13-01', '20260101', '2026-1-1', '']) {
    throws(() => parseLocalDate(text), { code: 'schedule.invalid' }, text)
  }
})

test('a wall time that is left out moves on by the gap, one that comes twice is the first', () => {
  equal(utc(instantOf(berlin, date('2026-03-29'), 150)), '2026-03-29T01:30:00.000Z')
  equal(minuteOfDayAt(berlin, instantOf(berlin, date('2026-03-29'), 150)), 210)
  equal(utc(instantOf(berlin, date('2026-10-25'), 150)), '2026-10-25T00:30:00.000Z')
  deepEqual(listInstantsOf(berlin, date('2026-03-29'), 150), [])
  deepEqual(listInstantsOf(berlin, date('2026-10-25'), 150).map(utc), [
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:30:00.000Z',
  ])
  equal(listInstantsOf(berlin, date('2026-06-01'), 150).length, 1)
})

test('the dates on which clocks change are known, also when they do at midnight', () => {
  const uneven = (zone: string, text: string) => !isEvenDate(parseTimeZone(zone), date(text))
  equal(uneven('Europe/Berlin', '2026-03-28'), false)
  equal(uneven('Europe/Berlin', '2026-03-29'), true)
  equal(uneven('Europe/Berlin', '2026-03-30'), false)
  equal(uneven('Australia/Lord_Howe', '2026-04-05'), true)
  equal(uneven('America/Sao_Paulo', '2018-11-03'), false)
  equal(uneven('America/Sao_Paulo', '2018-11-04'), true)
  equal(uneven('America/Sao_Paulo', '2018-11-05'), false)
  equal(uneven('Asia/Shanghai', '2026-03-29'), false)
  equal(
    utc(startOfDate(parseTimeZone('America/Sao_Paulo'), date('2018-11-04'))),
    '2018-11-04T03:00:00.000Z',
  )
})
