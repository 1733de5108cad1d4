// A point that lacks something says what, and nobody takes the gap for a deletion (B6).

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk, readEvents } from './program.ts'

const nobody = 65534
const asRoot = process.getuid?.() === 0

/** A desk whose programs run as somebody whom permissions bind. */
class BoundDesk extends Desk {
  constructor(context: TestContext) {
    super(context)
    if (asRoot) chmodSync(this.folder, 0o777)
  }

  override run(words: readonly string[]) {
    return super.run(words, asRoot ? { uid: nobody, env: { XDG_CACHE_HOME: this.path('c') } } : {})
  }

  override do(words: readonly string[]): string {
    const { code, out, err } = this.run(words)
    equal(code, 0, `holdfast ${words.join(' ')}: ${err}`)
    return out
  }
}

/** `full` has everything, `part` could not read the file `no` and the folder `shut`. */
function makeGap(context: TestContext): BoundDesk {
  const desk = new BoundDesk(context)
  mkdirSync(join(desk.source, 'shut'))
  for (const name of ['yes', 'no', 'gone', 'shut/in']) writeFileSync(join(desk.source, name), name)
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'full'])
  for (const name of ['no', 'shut']) chmodSync(join(desk.source, name), 0)
  equal(desk.run(['backup', desk.source, '--tag', 'part']).code, 3)
  return desk
}

test('B6: the point itself tells later which files it lacks, and why', (context) => {
  const desk = makeGap(context)
  const told = desk.do(['points', 'tag:part'])
  match(told, /partial \(2\)/)
  match(told, /source\/no \(denied: /)
  match(told, /source\/shut \(denied: /)
  const events = readEvents(desk.do(['points', 'tag:part', '--json']))
  deepEqual(
    events
      .map(({ event, path, reason }) => [event, path, reason])
      .slice(1)
      .sort(),
    ['no', 'shut'].map((name) => ['failure', join(desk.source, name), 'denied']),
  )
  match(desk.run(['find', 'yes']).err, /1 point of these lacks files/)
})

test('B6: what could not be read is no deletion to diff and to history', (context) => {
  const desk = makeGap(context)
  const told = desk.do(['diff', 'tag:full', 'tag:part', '--no-attributes'])
  match(told, /^\? no \(could not be read in B\)$/m)
  match(told, /^\? shut\/in \(could not be read in B\)$/m)
  match(told, / 0 removed/)
  match(desk.do(['diff', 'tag:part', 'tag:full']), /^\? no \(could not be read in A\)$/m)
  const versions = readEvents(desk.do(['history', join(desk.source, 'shut/in'), '--json']))
  deepEqual(
    versions.map(({ change }) => change),
    ['first seen', 'not read'],
  )
})

test('B6: restore, dump and ls say that the point has a gap, where it has one', (context) => {
  const desk = makeGap(context)
  const target = desk.path('target')
  desk.do(['init', '--vault', desk.path('other')])
  mkdirSync(target)
  chmodSync(target, 0o777)
  const whole = desk.run(['restore', 'tag:part', '--target', target])
  equal(whole.code, 0)
  match(whole.err, /is partial: 2 files here could not be read .*source\/(no|shut) /)
  ok(!desk.run(['restore', 'tag:part', 'yes', '--target', target]).err.includes('partial'))
  ok(!desk.run(['restore', 'tag:full', '--target', target]).err.includes('partial'))
  match(desk.run(['dump', 'tag:part']).err, /is partial/)
  match(desk.run(['ls', 'tag:part']).err, /is partial/)
  for (const words of [
    ['restore', 'tag:part', 'no', '--target', target],
    ['dump', 'tag:part', 'no'],
  ]) {
    const { code, err } = desk.run(words)
    equal(code, 1)
    match(err, /source\/no is not in the backup point .*: it could not be read .*denied/)
  }
})

test('history counts only points whose source has the path', (context) => {
  const desk = new Desk(context)
  const other = desk.path('other')
  mkdirSync(other)
  writeFileSync(join(desk.source, 'file'), 'one')
  writeFileSync(join(other, 'else'), 'two')
  desk.do(['init'])
  for (const folder of [desk.source, other, desk.source]) desk.do(['backup', folder])
  const changes = (...words: string[]) =>
    readEvents(desk.do(['history', ...words, '--json'])).map(({ change, points }) => [
      change,
      points,
    ])
  deepEqual(changes(join(desk.source, 'file')), [['first seen', 2]])
  deepEqual(changes('file'), [['first seen', 2]])
  desk.do(['backup', desk.source, '--host', 'elsewhere'])
  deepEqual(changes(join(desk.source, 'file')), [
    ['first seen', 2],
    ['first seen', 1],
  ])
})
