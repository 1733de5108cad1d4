// Filters of files as they stand in addresses, and sizes as people type them.

import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  isNarrowed,
  isSearching,
  readFileSearch,
  searchQueryOf,
} from '../../src/console/pages/point/file-search.ts'
import { parseSize } from '../../src/console/parts/sizes.ts'

test('a size is a number and a unit, as people write it', () => {
  const sizes: readonly (readonly [string, number | undefined])[] = [
    ['500', 500],
    ['0', 0],
    ['10 B', 10],
    ['10k', 10_240],
    ['10 MiB', 10 * 2 ** 20],
    ['10MB', 10 * 2 ** 20],
    ['1.5 g', 1.5 * 2 ** 30],
    ['1,5 GiB', 1.5 * 2 ** 30],
    [' 2 TiB ', 2 * 2 ** 40],
    ['', undefined],
    ['1.', undefined],
    ['MiB', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['10 XB', undefined],
    ['10 iB', undefined],
    ['999999 PiB', undefined],
  ]
  for (const [text, bytes] of sizes) equal(parseSize(text), bytes, text)
})

test('of an address only what is understood is taken', () => {
  const whole = {
    pattern: '*.log',
    kind: 'file',
    min: '10 MiB',
    max: '1g',
    from: '2026-11-01',
    until: '2026-11-22',
  }
  deepEqual(readFileSearch({ ...whole, tab: 'files', path: '/etc' }), whole)
  deepEqual(
    readFileSearch({
      pattern: '  ',
      kind: 'socket',
      min: 'many',
      max: ['1'],
      from: '2026-13-01',
      until: 'x',
    }),
    {},
  )
  deepEqual(readFileSearch({ pattern: 7, min: 10, max: { a: 1 } }), { pattern: '7', min: '10' })
  equal(isSearching({}), false)
  equal(isSearching({ min: '1' }), true)
  equal(isNarrowed({ pattern: '*' }), false)
})

test('the server is asked for bytes and instants, both days within; without a pattern for everything', () => {
  const { modifiedFrom, modifiedUntil, ...query } = searchQueryOf({
    kind: 'file',
    min: '1k',
    max: '2k',
    from: '2026-11-22',
    until: '2026-11-22',
  })
  deepEqual(query, { pattern: '*', kind: 'file', sizeMin: 1_024, sizeMax: 2_048 })
  equal(modifiedFrom, new Date(2026, 10, 22).toISOString())
  equal(modifiedUntil, new Date(2026, 10, 23).toISOString())
  deepEqual(searchQueryOf({ pattern: 'a' }), { pattern: 'a' })
})
