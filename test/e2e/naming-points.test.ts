// Which point a word means, and what is said when a point may not go or may not be kept shorter.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk, readEvents } from './program.ts'

function makeTwoSources(context: TestContext): { readonly desk: Desk; readonly other: string } {
  const desk = new Desk(context)
  const other = desk.path('other')
  mkdirSync(other)
  writeFileSync(join(desk.source, 'mine'), 'one')
  writeFileSync(join(other, 'theirs'), 'two')
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'mine'])
  desk.do(['backup', other, '--tag', 'theirs', '--host', 'web1'])
  return { desk, other }
}

function idsOf(desk: Desk, ...words: string[]): readonly unknown[] {
  return readEvents(desk.do(['points', ...words, '--json'])).map(({ id }) => id)
}

test('points are found by source, host and tag, and latest:PATH is the newest of a source', (context) => {
  const { desk, other } = makeTwoSources(context)
  const [first, second] = idsOf(desk)
  deepEqual(idsOf(desk, '--source', desk.source), [first])
  deepEqual(idsOf(desk, '--source', join(other, 'theirs')), [second])
  deepEqual(idsOf(desk, '--host', 'web1'), [second])
  deepEqual(idsOf(desk, '--tag', 'mine'), [first])
  deepEqual(idsOf(desk, `latest:${desk.source}`), [first])
  deepEqual(idsOf(desk, 'latest:source'), [first])
  match(desk.do(['ls', `latest:${desk.source}/`]), /mine/)
  equal(desk.run(['points', 'latest:/nowhere']).code, 1)
  match(desk.do(['points', '--tag', 'none']), /None of the backup points/)
})

test('latest is never a point of the trash while another stays', (context) => {
  const { desk } = makeTwoSources(context)
  const [first, second] = idsOf(desk)
  desk.do(['expire', 'latest', '--no-keep-newest'])
  deepEqual(idsOf(desk, 'latest'), [first])
  deepEqual(idsOf(desk, 'tag:theirs'), [second], 'named by its tag it is still there')
  match(
    desk.do(['expire', '--undo', 'latest']),
    new RegExp(`${String(second).slice(0, 8)} is back`),
  )
  deepEqual(idsOf(desk, 'latest'), [second])
})

test('whoever holds or extends a point of the trash gets it back', (context) => {
  const { desk } = makeTwoSources(context)
  desk.do(['backup', desk.source, '--tag', 'short', '--retain', '30d'])
  const trash = ['expire', 'tag:short', '--no-keep-newest']
  desk.do(trash)
  match(desk.do(['hold', 'tag:short', '--reason', 'audit']), /is back from the trash/)
  desk.do(['release', 'tag:short', '--reason', 'done'])
  ok(!desk.do(['points']).includes('trash'))
  desk.do(trash)
  desk.do(['extend', 'tag:short', '--retain', '60d'])
  ok(!desk.do(['points']).includes('trash'))
  desk.do(['expire', 'tag:mine'])
  const { code, err } = desk.run(['extend', 'tag:mine', '--retain', '1y'])
  equal(code, 1)
  match(err, /in the trash.*\n`holdfast expire --undo [0-9a-f]{8}` takes it back/)
})

test('L9: each reason for which a point stays has an advice of its own', (context) => {
  const { desk } = makeTwoSources(context)
  const newest = desk.run(['expire', 'tag:mine'])
  match(newest.err, /is the newest of its source.*\n.*--no-keep-newest/)
  desk.do(['hold', 'tag:mine', '--reason', 'audit'])
  const held = desk.run(['expire', 'tag:mine', '--no-keep-newest'])
  match(held.err, /is on hold \(audit\)\.\n`holdfast release [0-9a-f]{8} /)
  const free = desk.run(['release', 'tag:theirs', '--reason', 'x'])
  match(free.err, /is not on hold/)
  ok(!free.err.includes('--help'))
  match(desk.run(['expire', '--undo', 'tag:theirs']).err, /is not in the trash/)
})

test('L4: a retention that would be shorter is refused with the date', (context) => {
  const { desk } = makeTwoSources(context)
  desk.do(['backup', desk.source, '--tag', 'dated', '--retain', '90d'])
  const { code, err } = desk.run(['extend', 'tag:dated', '--retain', '30d'])
  equal(code, 1)
  match(err, /is kept until \d{4}-\d\d-\d\d \d\d:\d\d/)
  match(desk.run(['extend', 'tag:mine', '--retain', '30d']).err, /is kept forever\./)
})
