import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatElapsed,
  parseBytes,
  parseDuration,
} from './amounts.ts'

const dayMs = 24 * 3600 * 1000

test('sizes have three digits at most and the unit that fits', () => {
  const sizes = [0, 999, 1000, 1023, 1024, 102_400, 1024 ** 2 * 99.96, 1024 ** 3 * 999.6, 2 ** 60]
  deepEqual(sizes.map(formatBytes), [
    '0 B',
    '999 B',
    '1.0 KiB',
    '1.0 KiB',
    '1.0 KiB',
    '100 KiB',
    '100 MiB',
    '1.0 TiB',
    '1024 PiB',
  ])
})

test('counts are grouped by thousands', () => {
  deepEqual([0, 999, 1000, 1_234_567].map(formatCount), ['0', '999', '1,000', '1,234,567'])
})

test('durations are read in every unit, added up, and zero is a duration', () => {
  equal(parseDuration('30d', '--retain'), 30 * dayMs)
  equal(parseDuration('1y6w2d12h30min5s', '--retain'), (365 + 42 + 2.5) * dayMs + 1_805_000)
  equal(parseDuration('0d', '--retain'), 0)
  equal(parseDuration('forever', '--retain'), undefined)
})

test('what is no duration is refused, never rounded to one', () => {
  for (const text of ['', '30', 'd', '30m', '-1d', '1d ', '1.5d', '30days', '9999999d'])
    throws(() => parseDuration(text, '--retain'), { code: 'usage.invalid' }, text)
})

test('sizes are read with powers of 1024', () => {
  deepEqual(
    ['4096', '10K', '1.5MiB', '2g', '1TB'].map((text) => parseBytes(text, 'size')),
    [4096, 10_240, 1_572_864, 2 ** 31, 2 ** 40],
  )
  for (const text of ['', 'K', '-1', '1X', '1e3'])
    throws(() => parseBytes(text, 'size'), { code: 'usage.invalid' }, text)
})

test('times are told as people do', () => {
  deepEqual([0, 61_000, 3_723_000].map(formatClock), ['0:00', '1:01', '1:02:03'])
  deepEqual([340, 12_400, 200_000].map(formatElapsed), ['0.3 s', '12 s', '3:20'])
  deepEqual([0, 90_000, dayMs / 2, dayMs, 30 * dayMs, undefined].map(formatDuration), [
    '0 days',
    '2 minutes',
    '12 hours',
    '1 day',
    '30 days',
    'forever',
  ])
})
