// What a restore, a dump and a mount say of what they did not do.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk, readEvents } from './program.ts'

const canMount = existsSync('/dev/fuse') && spawnSync('fusermount3', ['-V']).status === 0

test('F4: a restore names what it left as it was, and how to replace it', (context) => {
  const desk = new Desk(context)
  for (let i = 0; i < 30; i++) writeFileSync(join(desk.source, `file ${i}`), `good ${i}`)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  for (let i = 0; i < 25; i++) writeFileSync(join(desk.source, `file ${i}`), 'damaged')
  const words = ['restore', 'latest', '--target', desk.source]
  const { code, out, err } = desk.run(words)
  equal(code, 0)
  match(out, /25 left as they are/)
  equal(err.match(/^left as it is: file \d+$/gm)?.length, 20)
  match(err, /… and 5 more; --json lists them\nUse --on-conflict overwrite to replace/)
  const events = readEvents(desk.do([...words, '--json']))
  equal(events.filter(({ event }) => event === 'kept').length, 25)
  const replaced = desk.run([...words, '--on-conflict', 'overwrite'])
  ok(!replaced.err.includes('left as it is'))
  equal(readFileSync(join(desk.source, 'file 3'), 'utf8'), 'good 3')
})

test('B5: a socket is passed over by restore and dump alike, in plain words', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  const script = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
  execFileSync('python3', ['-c', script, join(desk.source, 'sock')])
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const target = desk.path('target')
  mkdirSync(target)
  const restored = desk.run(['restore', 'latest', '--target', target])
  equal(restored.code, 0)
  match(restored.err, /^sock: not restored: a socket$/m)
  for (const format of ['tar', 'zip']) {
    const dumped = desk.run(['dump', 'latest', '--format', format])
    equal(dumped.code, 0)
    match(dumped.err, /^sock: not in the archive: a socket$/m)
  }
})

test('a target that cannot take files is refused once', (context) => {
  const desk = new Desk(context)
  for (let i = 0; i < 300; i++) writeFileSync(join(desk.source, `file ${i}`), 'one')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const { code, err } = desk.run(['restore', 'latest', '--target', '/proc'])
  equal(code, 1)
  match(err, /Cannot write \/proc: the kernel keeps no files there/)
  ok(err.split('\n').length < 5, err)
  match(desk.do(['restore', '--help']), / 3 {2}done, but some files/)
})

test('F1: where several sources stand in a point is shown', (context) => {
  const desk = new Desk(context)
  mkdirSync(desk.path('other/source'), { recursive: true })
  desk.do(['init'])
  desk.do(['backup', desk.source, desk.path('other/source')])
  const told = desk.do(['points', 'latest'])
  const places = [...told.matchAll(/^ {2}(\S+)\/ is (\S+)$/gm)].map(([, prefix, path]) => [
    prefix,
    path,
  ])
  deepEqual(places, [
    ['source', desk.path('other/source')],
    ['source-2', desk.source],
  ])
})

test('a mount at a folder that is missing or not empty gets its own advice', {
  skip: !canMount && 'no FUSE here',
}, (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const full = desk.run(['mount', 'latest', desk.source])
  equal(full.code, 1)
  match(full.err, /it is not empty\.\nChoose an empty folder/)
  const absent = desk.run(['mount', 'latest', desk.path('absent')])
  match(absent.err, /the folder .*absent does not exist/)
  ok(!absent.err.includes('restore'))
})
