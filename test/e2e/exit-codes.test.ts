// What scripts rely on: exit codes and the words beside them.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { directoryLeases } from '#adapters/leases'
import { Desk, readEvents } from './program.ts'

const signal = new AbortController().signal
const nobody = 65534

test('no vault named, none there and a foreign folder end with 10 and change nothing', (context) => {
  const desk = new Desk(context)
  const unnamed = desk.run(['points'], { env: { HOLDFAST_VAULT: '' } })
  equal(unnamed.code, 10)
  match(unnamed.err, /No vault was named/)
  const absent = desk.run(['points'])
  equal(absent.code, 10)
  match(absent.err, /There is no vault at .*vault\./)
  writeFileSync(join(desk.source, 'letter'), 'dear')
  for (const command of ['points', 'init']) {
    const foreign = desk.run([command, '--vault', desk.source])
    equal(foreign.code, 10)
    match(foreign.err, /is not a Holdfast vault \(it holds letter\)/)
  }
  deepEqual(readdirSync(desk.source), ['letter'])
})

test('a second init refuses and the first vault stays as it was', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  const again = desk.run(['init'])
  equal(again.code, 1)
  match(again.err, /There is already a vault/)
  desk.do(['points'])
})

test('an init that was killed half way is done anew', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  // The ledger is written last; without it there never was a point.
  for (const folder of ['ledger', 'copies/ledger']) {
    for (const name of readdirSync(join(desk.vault, folder)))
      unlinkSync(join(desk.vault, folder, name))
  }
  desk.do(['init'])
  equal(desk.do(['key', 'list']).split('\n').length, 4, 'two slots, both new')
})

test('a wrong passphrase, a wrong key file, a mangled one and none at all end with 12', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  const other = new Desk(context)
  other.do(['init'])
  equal(desk.run(['points', '--key-file', other.keyFile]).code, 12)
  writeFileSync(desk.path('mangled'), 'not a key')
  const mangled = desk.run(['points', '--key-file', desk.path('mangled')])
  equal(mangled.code, 12)
  match(mangled.err, /This is not a key file/)
  const passphrase = desk.run(['points', '--passphrase-file', '-'], { input: 'guess\n' })
  equal(passphrase.code, 12)
  match(passphrase.err, /No key slot of the vault opens with this passphrase/)
  const none = desk.run(['points'], { env: { HOLDFAST_KEY_FILE: '' } })
  equal(none.code, 12)
  match(none.err, /needs a passphrase or a key file/)
})

test('F08: a second writer ends with 11 and says who works', async (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  await using _lease = await directoryLeases(desk.vault).acquire(
    'owner',
    'a backup of anna',
    signal,
  )
  const { code, err } = desk.run(['backup', desk.source])
  equal(code, 11)
  match(err, /in use by a backup of anna since/)
  equal(desk.run(['points']).code, 0, 'reading goes on meanwhile')
})

test('B6: a file that cannot be read ends with 3, is listed, and the point is there', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'open'), 'for all')
  writeFileSync(join(desk.source, 'closed'), 'for none')
  chmodSync(join(desk.source, 'closed'), 0)
  const asRoot = process.getuid?.() === 0
  if (asRoot) chmodSync(desk.folder, 0o777)
  const options = asRoot ? { uid: nobody, env: { XDG_CACHE_HOME: desk.path('cache') } } : {}
  desk.do(['init'], options)
  const { code, out, err } = desk.run(['backup', desk.source], options)
  equal(code, 3, err)
  match(out, /Made, partially, the backup point/)
  match(err, /denied: .*closed/)
  match(err, /1 file\(s\) failed/)
  const events = readEvents(desk.do(['points', '--json'], options))
  deepEqual(
    events.map(({ event, status, failureCount }) => ({ event, status, failureCount })),
    [{ event: 'point', status: 'partial', failureCount: 1 }],
  )
  match(desk.do(['ls', 'latest'], options), /\/open\n/)
})

test('an interrupt ends with 130, makes no point, and the same command then succeeds', async (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  for (let i = 0; i < 8; i++) {
    mkdirSync(join(desk.source, `folder-${i}`))
    writeFileSync(join(desk.source, `folder-${i}/large`), randomBytes(24 * 1024 * 1024))
  }
  const child = desk.start(['backup', desk.source, '--json'])
  ok(child.stdout)
  let text = ''
  child.stdout.on('data', (data) => {
    text += String(data)
  })
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  equal(code, 130, text)
  const last = readEvents(text).at(-1)
  equal(last?.event, 'error')
  equal(last?.['code'], 'job.aborted')
  equal(desk.do(['points', '--json']), '')
  desk.do(['backup', desk.source])
  equal(readEvents(desk.do(['points', '--json'])).length, 1)
})

test('a command line that is wrong ends with 1 and says how', (context) => {
  const desk = new Desk(context)
  const misspelt = desk.run(['pionts'])
  equal(misspelt.code, 1)
  match(misspelt.err, /unknown command 'pionts' \(Did you mean points\?\)/)
  equal(desk.run(['backup']).code, 1)
  equal(desk.run(['points', '--colour']).code, 1)
  const hostile = desk.run(['\x1b[31mred'])
  ok(!hostile.err.includes('\x1b'), hostile.err)
  const asJson = readEvents(desk.run(['nonsense', '--json']).out)
  deepEqual(
    asJson.map(({ event, code, exit }) => ({ event, code, exit })),
    [{ event: 'error', code: 'usage.invalid', exit: 1 }],
  )
})

test('a secret that others can read is warned about', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  chmodSync(desk.keyFile, 0o644)
  match(desk.run(['points']).err, /can be read by others \(mode 0644\)/)
})

test('vaults have names in the config file, and a misspelt key there is an error', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  const env = { HOLDFAST_VAULT: '', HOLDFAST_KEY_FILE: '' }
  mkdirSync(desk.path('.config/holdfast'), { recursive: true })
  const config = desk.path('.config/holdfast/config.json')
  const vault = { path: '~/vault', keyFile: desk.keyFile }
  writeFileSync(config, JSON.stringify({ vaults: { nas: vault }, default: 'nas' }))
  desk.do(['points'], { env })
  desk.do(['points', '--vault', 'nas'], { env })
  writeFileSync(config, JSON.stringify({ vaults: { nas: { ...vault, keyfile: 'x' } } }))
  const wrong = desk.run(['points', '--vault', 'nas'], { env })
  equal(wrong.code, 1)
  match(wrong.err, /config\.json is not right: it has the unknown key vaults\.nas\.keyfile/)
})
