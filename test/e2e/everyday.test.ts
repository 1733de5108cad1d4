// What everyday use meets: a vault in use, a source that is not there, a pattern too many, a passphrase too short.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { directoryLeases } from '#adapters/leases'
import { Desk, readEvents } from './program.ts'

const { signal } = new AbortController()

test('--wait waits for a vault in use, and gives up when the time is over', async (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  const lease = await directoryLeases(desk.vault).acquire('owner', 'a backup of anna', signal)
  const late = desk.run(['backup', desk.source, '--wait', '1s'])
  equal(late.code, 11)
  match(late.err, /in use by a backup of anna .* Waiting for it/)
  const child = desk.start(['backup', desk.source, '--wait', '10min'])
  await sleep(2000)
  equal(child.exitCode, null, 'it waits')
  await lease.release()
  const [code] = await once(child, 'exit')
  equal(code, 0)
})

test('B6: a source that is not there makes the point partial, and keeps the others their place', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  desk.do(['init'])
  const { code, out } = desk.run(['backup', desk.source, '/not/there'])
  equal(code, 3)
  match(out, /Made, partially/)
  match(desk.do(['points', 'latest']), /\/not\/there \(unreadable: it does not exist\)/)
  match(desk.do(['ls', 'latest']), /source\/file\n/)
  const [point] = readEvents(desk.do(['points', '--json']))
  const { sources } = JSON.parse(JSON.stringify(point))
  deepEqual(
    sources.map(({ prefix }: { readonly prefix: string }) => prefix),
    ['source', 'there'],
  )
  const none = desk.run(['backup', '/not/there', '/nor/here'])
  equal(none.code, 1)
  match(none.err, /The source \/not\/there cannot be backed up: it does not exist/)
})

test('a point without a single file is told', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  desk.do(['init'])
  match(desk.run(['backup', desk.source, '--exclude', '*']).err, /There are no files/)
})

test('a passphrase that is too short is refused, and a quiet init names its one line', (context) => {
  const desk = new Desk(context)
  const env = { HOLDFAST_KEY_FILE: '' }
  writeFileSync(desk.path('short'), 'a\n', { mode: 0o600 })
  const short = desk.run(['init', '--passphrase-file', desk.path('short')], { env })
  equal(short.code, 1)
  match(short.err, /A passphrase of 1 character\(s\) .*\nTake at least 8/)
  const made = desk.do(['init', '--quiet'])
  match(made, /^Recovery key: HF1-[0-9A-Z-]{60,}\n$/)
  ok(!desk.run(['points']).err.includes('passphrase'))
})
