// A18: names are bytes that anybody may choose. Whatever shows them shows them inert.

import { equal, match, ok } from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk, readEvents } from './program.ts'

const painting = '\x1b[31mred'
const newline = 'two\nlines'
const backwards = 'safe\u202Efdp.exe'
const c1 = 'csi\u009b31m'
const brokenUtf8 = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9, 0xff])])

test('A18: no listing, message or JSON line carries what a terminal would obey', (context) => {
  const desk = new Desk(context)
  const folder = join(desk.source, `dir${painting}`)
  mkdirSync(folder)
  for (const name of [painting, newline, backwards, c1]) writeFileSync(join(folder, name), name)
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), brokenUtf8]), 'bytes')
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'before'])
  writeFileSync(join(folder, painting), 'other content')
  desk.do(['backup', desk.source])
  const commands = [
    ['ls', 'latest'],
    ['ls', 'latest', '-l'],
    ['find', '*'],
    ['find', '*red*', '-l'],
    ['diff', 'tag:before', 'latest'],
    ['history', join(folder, painting)],
    ['points'],
  ]
  for (const words of commands) {
    for (const more of [[], ['--json']]) {
      const out = desk.do([...words, ...more])
      const line = [...words, ...more].join(' ')
      ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(out), line)
      if (more.length > 0) readEvents(out)
    }
  }
  const paths = desk.do(['ls', 'latest']).trimEnd().split('\n')
  // The root, the folder and five files: a newline in a name makes no line.
  equal(paths.length, 7, paths.join('\n'))
  match(paths.join('\n'), /two\\x0alines/)
  match(paths.join('\n'), /caf\\xe9\\xff/)
})

test('A18: JSON gives the bytes of a name that is not text', (context) => {
  const desk = new Desk(context)
  writeFileSync(Buffer.concat([Buffer.from(`${desk.source}/`), brokenUtf8]), 'bytes')
  writeFileSync(join(desk.source, 'päth'), 'text')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const entries = readEvents(desk.do(['ls', 'latest', '--json']))
  const hex = String(entries.find(({ pathHex }) => pathHex !== undefined)?.['pathHex'])
  ok(Buffer.from(hex, 'hex').subarray(-5).equals(brokenUtf8))
  ok(
    entries.some(
      ({ path, pathHex }) => path === join(desk.source, 'päth') && pathHex === undefined,
    ),
  )
})
