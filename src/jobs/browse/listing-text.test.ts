import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '#base'
import { type Described, signal, text, World } from './browse-world.test.ts'
import { ListingText, modeText } from './listing-text.ts'
import { PointPaths } from './point-paths.ts'
import { openRows } from './point-rows.ts'

async function lines(tree: Map<string, Described>, isLong: boolean): Promise<string[]> {
  const world = await World.make()
  const { point } = await world.point(new Map([['', { kind: 'directory' }], ...tree]))
  const rows = await openRows(
    await world.reader(),
    point,
    { path: text(''), recursive: true },
    signal,
  )
  const listing = new ListingText(new PointPaths(point), { isLong, zoneOffsetSec: () => 3600 })
  while (await rows.load(signal)) {
    do listing.add(rows.row)
    while (rows.advance())
  }
  return new TextDecoder().decode(listing.take()).split('\n').slice(0, -1)
}

test('a long line shows mode, owner, size, local time, path and the target of a link', async () => {
  const tree = new Map<string, Described>([
    ['d', { kind: 'directory', mode: 0o1777, mtimeSec: 0 }],
    [
      'd/big',
      { size: 1_234_567_890_123, mode: 0o4755, user: '', uid: 1234, mtimeSec: 1_700_000_000 },
    ],
    ['d/l', { kind: 'symlink', mode: 0o777, linkTarget: bytesOf(text('../é')), mtimeSec: -1 }],
    ['d/old', { mtimeSec: -9e14 }],
  ])
  deepEqual(await lines(tree, true), [
    'drwxrwxrwt root root            0 1970-01-01 01:00:00 /srv/data/d',
    '-rwsr-xr-x 1234 root 1234567890123 2023-11-14 23:13:20 /srv/data/d/big',
    'lrwxrwxrwx root root            0 1970-01-01 00:59:59 /srv/data/d/l -> ../é',
    '-rw-r--r-- root root            0 ????-??-?? 09:00:00 /srv/data/d/old',
  ])
})

test('local time changes with the zone, in the middle of a day too', async () => {
  const change = 1_700_000_000 - (1_700_000_000 % 86_400) + 10 * 3600
  const world = await World.make()
  const { point } = await world.point(
    new Map<string, Described>([
      ['', { kind: 'directory' }],
      ['a', { mtimeSec: change - 1 }],
      ['b', { mtimeSec: change }],
      ['c', { mtimeSec: change + 200_000 }],
    ]),
  )
  const request = { path: text(''), recursive: true }
  const rows = await openRows(await world.reader(), point, request, signal)
  const zoneOffsetSec = (atSec: number) => (atSec < change ? 7200 : 3600)
  const listing = new ListingText(new PointPaths(point), { isLong: true, zoneOffsetSec })
  while (await rows.load(signal)) {
    do listing.add(rows.row)
    while (rows.advance())
  }
  const times = new TextDecoder().decode(listing.take()).match(/\d\d:\d\d:\d\d/g)
  deepEqual(times, ['11:59:59', '11:00:00', '18:33:20'])
})

test('A18 a name cannot move the cursor or hide: what is no plain text is escaped', async () => {
  const tree = new Map<string, Described>([
    ['a\nb', {}],
    ['c\x1b[2Jd', {}],
    ['e\xff', {}],
    ['é\u202etxt', {}],
  ])
  deepEqual((await lines(tree, false)).sort(), [
    '/srv/data/a\\x0ab',
    '/srv/data/c\\x1b[2Jd',
    '/srv/data/e\\xff',
    '/srv/data/é\\u{202e}txt',
  ])
})

test('special bits of a mode stand where x would', () => {
  equal(modeText(0o7777), 'rwsrwsrwt')
  equal(modeText(0o7666), 'rwSrwSrwT')
  equal(modeText(0o750), 'rwxr-x---')
})
