import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteString, byteStringFromText } from '#base'
import { parseCron, parseTimeZone, type Schedule } from '#engine'
import { essentialTerms, retentionOf, termsFromJson, termsToJson } from './plan-terms.ts'
import { scheduleFromJson, scheduleToJson } from './schedule-record.ts'

const zone = parseTimeZone('Asia/Shanghai')
const firstAt = Date.parse('2026-05-21T18:00:00Z')

test('a schedule is read as it was written', () => {
  const schedules: readonly Schedule[] = [
    { kind: 'hours', zone, firstAt, every: 6 },
    { kind: 'weeks', zone, firstAt, every: 2, weekdays: [1, 7] },
    { kind: 'months', zone, firstAt, every: 1, days: [31, 'last'] },
    { kind: 'cron', zone, firstAt, times: parseCron('0 3 * * mon') },
  ]
  for (const schedule of schedules) {
    const stored = JSON.parse(JSON.stringify(scheduleToJson(schedule)))
    deepEqual(scheduleFromJson(stored), schedule)
  }
})

test('terms are read as they were written, names that are no UTF-8 too', () => {
  const paths: readonly ByteString[] = [
    byteStringFromText('/srv/Öl'),
    byteString(new Uint8Array([0x2f, 0xff, 0x41])),
  ]
  const sources = { paths, exclude: ['*.tmp'], excludeSystemFolders: true }
  const special = [{ period: 'WEEKLY', days: 90 }] as const
  const hooks = { before: 'dump', after: 'thaw' }
  const terms = { sources, runMissed: true, special, hooks }
  deepEqual(termsFromJson(JSON.parse(JSON.stringify(termsToJson(terms)))), terms)
  deepEqual(termsFromJson(JSON.parse(JSON.stringify(termsToJson(essentialTerms)))), essentialTerms)
})

test('the first point of a week, month or year is kept as long as the longest rule says (C5)', () => {
  const special = [
    { period: 'WEEKLY', days: 60 },
    { period: 'MONTHLY', days: 400 },
    { period: 'YEARLY', days: 3_000 },
  ] as const
  const daysAt = (text: string, last: string | undefined) =>
    retentionOf({
      retentionDays: 7,
      special,
      zone,
      at: Date.parse(text),
      lastVersionAt: last === undefined ? undefined : Date.parse(last),
    })
  equal(daysAt('2026-05-21T00:00:00Z', undefined), 3_000, 'the first of all')
  equal(daysAt('2026-05-21T00:00:00Z', '2026-05-20T00:00:00Z'), 7)
  // Sunday 24 May 2026 ends at 16:00 UTC in Shanghai.
  equal(daysAt('2026-05-24T15:59:00Z', '2026-05-23T00:00:00Z'), 7)
  equal(daysAt('2026-05-24T16:01:00Z', '2026-05-23T00:00:00Z'), 60)
  equal(daysAt('2026-06-02T00:00:00Z', '2026-05-31T17:00:00Z'), 7, 'June has begun in Shanghai')
  equal(daysAt('2026-06-02T00:00:00Z', '2026-05-31T15:00:00Z'), 400)
  equal(daysAt('2027-01-01T00:00:00Z', '2026-12-31T00:00:00Z'), 3_000)
})

test('what is permanent is not kept longer', () => {
  const special = [{ period: 'YEARLY', days: 9 }] as const
  const at = firstAt
  equal(retentionOf({ retentionDays: null, special, zone, at, lastVersionAt: undefined }), null)
})
