// `npm run try`: each step is done when its result is missing, and always with the vault of its own.

import { equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from '../house/source-files.ts'
import { Desk } from './program.ts'

function makeTry(context: TestContext) {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: desk.folder,
    XDG_CACHE_HOME: join(tmpdir(), 'holdfast-e2e-cache'),
  }
  const start = () => {
    const words = [join(root, 'scripts/try.ts'), desk.source]
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
    return { code: status, out: stdout, err: stderr }
  }
  const config = desk.path('.config/holdfast/config.json')
  return { desk, env, start, config, key: desk.path('.config/holdfast/vault.key') }
}

test('a start whose configuration was lost adopts the vault and its key', (context) => {
  const { start, config, key } = makeTry(context)
  equal(start().code, 0)
  rmSync(config)
  const again = start()
  equal(again.code, 0, again.err)
  ok(!again.out.includes('$ holdfast init'))
  ok(existsSync(config))
  rmSync(config)
  rmSync(key)
  const keyless = start()
  equal(keyless.code, 1)
  match(keyless.err, /its key file .* is not: put it back/)
})

test('a start uses its own vault when the default is another, and prints what works anywhere', (context) => {
  const { desk, env, start, config } = makeTry(context)
  equal(start().code, 0)
  const known = JSON.parse(readFileSync(config, 'utf8'))
  known.vaults.other = { path: desk.path('elsewhere') }
  known.default = 'other'
  writeFileSync(config, JSON.stringify(known))
  const { code, out, err } = start()
  equal(code, 0, err)
  const line = /^ {2}(\S+ --vault main ls latest) /m.exec(out)?.[1]?.split(' ') ?? []
  const [program = '', ...words] = line
  const listed = spawnSync(program, words, { env, encoding: 'utf8', cwd: '/' })
  match(listed.stdout, /source\/file\n/)
  const link = desk.path('holdfast')
  symlinkSync(join(root, 'bin/holdfast.js'), link)
  match(spawnSync(link, words, { env, encoding: 'utf8', cwd: '/' }).stdout, /source\/file\n/)
})
