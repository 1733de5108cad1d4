// Errors name what the user can change: which key, which file, which name, in words and not in numbers of the system.

import { equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { directoryLeases } from '#adapters/leases'
import { Desk, readEvents } from './program.ts'

const { signal } = new AbortController()
const nobody = 65534

test('a wrong key is named, with who chose it; a missing one ends with 12', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  const other = new Desk(context)
  other.do(['init'])
  const wrong = desk.run(['points'], { env: { HOLDFAST_KEY_FILE: other.keyFile } })
  equal(wrong.code, 12)
  ok(wrong.err.includes(`key file ${other.keyFile}, named by HOLDFAST_KEY_FILE.`), wrong.err)
  const absent = desk.run(['points', '--key-file', desk.path('none')])
  equal(absent.code, 12)
  match(absent.err, /The key file .*none cannot be read: it does not exist\.\n.* by --key-file/)
})

test('a vault by its name opens with its own key, whatever the environment says', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  mkdirSync(desk.path('.config/holdfast'), { recursive: true })
  const vaults = { nas: { path: desk.vault, keyFile: desk.keyFile } }
  writeFileSync(desk.path('.config/holdfast/config.json'), JSON.stringify({ vaults }))
  const env = { HOLDFAST_KEY_FILE: desk.path('ambient'), HOLDFAST_VAULT: '' }
  desk.do(['points', '--vault', 'nas'], { env })
  const unknown = desk.run(['points', '--vault', 'nsa'], { env })
  equal(unknown.code, 10)
  match(unknown.err, /There is no vault nsa.*\nThe config file knows: nas\./)
})

test('advice is of the case, and help is named only where it helps', (context) => {
  const desk = new Desk(context)
  writeFileSync(desk.path('rec.txt'), 'mine')
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const calls: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [['key', 'recovery', '--recovery-file', 'rec.txt'], /rec\.txt exists already/],
    [['key', 'remove', 'zzz'], /There is no key slot zzz\.\nSee `holdfast key list`/],
    [
      ['backup', desk.source, '--exclude-file', 'none'],
      /The file none cannot be used: it does not exist/,
    ],
    [
      ['ls', 'latest', 'letters/one'],
      /^Error: letters\/one is not in the backup point [0-9a-f]{8}\./,
    ],
    [['dump', 'latest', '/else/where'], /\/else\/where is not in the backup point [0-9a-f]{8}\./],
  ]
  for (const [words, says] of calls) {
    const { code, err } = desk.run(words)
    equal(code, 1, words.join(' '))
    match(err, says)
    ok(!err.includes('--help'), err)
  }
  const config = desk.path('config.json')
  writeFileSync(config, '{')
  const broken = desk.run(['points'], { env: { HOLDFAST_CONFIG: config } })
  match(broken.err, /config\.json is not right: it is not JSON.*\nPut it right/)
})

test('a group of commands without one says which there are', (context) => {
  const desk = new Desk(context)
  for (const words of [['key'], ['key', 'lst']]) {
    const { code, err } = desk.run(words)
    equal(code, 1)
    match(err, /Say which: holdfast key list \| add \| recovery \| prove \| remove/)
    const [told] = readEvents(desk.run([...words, '--json']).out)
    match(String(told?.['message']), /Say which/)
  }
})

test('a dry run of expire and gc needs no lock and no storage that can be written', async (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  await using _lease = await directoryLeases(desk.vault).acquire('owner', 'anna', signal)
  for (const words of [['gc'], ['expire'], ['backup', desk.source]]) {
    equal(desk.run(words).code, 11)
    desk.do([...words, '--dry-run'])
  }
})

test('storage that cannot be written is told in words, with the folder', (context) => {
  const desk = new Desk(context)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const bound = spawnSync('mount', ['--bind', desk.vault, desk.vault]).status === 0
  if (!bound) return context.skip('nothing can be mounted here')
  desk.atEnd(() => spawnSync('umount', ['-l', desk.vault]))
  equal(spawnSync('mount', ['-o', 'remount,bind,ro', desk.vault]).status, 0)
  const { code, err } = desk.run(['gc'])
  equal(code, 1)
  ok(err.includes(`refuses ${desk.vault}/owner.lock: it is on a read-only file system.`), err)
  for (const words of [['gc', '--dry-run'], ['expire', '--dry-run'], ['points'], ['verify']])
    desk.do(words)
})

test('who may not enter the vault folder is told so', (context) => {
  if (process.getuid?.() !== 0) return context.skip('permissions are tried as another user')
  const desk = new Desk(context)
  desk.do(['init'])
  chmodSync(desk.folder, 0o755)
  chmodSync(desk.keyFile, 0o644)
  const env = { XDG_CACHE_HOME: '/nonexistent' }
  const { code, err } = desk.run(['points'], { uid: nobody, env })
  equal(code, 1)
  match(err, /this user may not do that there/)
  ok(readdirSync(desk.vault).length > 0)
})
