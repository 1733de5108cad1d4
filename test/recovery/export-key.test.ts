// A vault of a server is read and restored by the plain command line with an exported key, when there is no server (E6).
import { deepEqual, equal, match } from 'node:assert/strict'
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { routes } from '#contract'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { runProgram } from '../fleet/process.ts'
import { fillTree } from '../fleet/trees.ts'
import { Fleet, needsRoot } from '../fleet/world.ts'

test('E6: an exported key opens a vault without its server', { skip: needsRoot }, async (t) => {
  await using fleet = await Fleet.open()
  const data = join(fleet.folder, 'data')
  const keyFile = join(fleet.folder, 'exported.key')
  const hold = (...words: string[]) => runProgram(words, { home: fleet.folder })
  const exportKey = (file: string, ...more: string[]) =>
    hold('--json', 'server', 'export-key', name, file, '--data', data, ...more)
  const agent = await fleet.addAgent('one', { fill: (folder) => fillTree(folder, 'exported') })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')
  const [vault] = await Array.fromAsync(fleet.api.list(routes.vaults.list, {}))
  const name = vault?.name ?? ''
  const exported = () => ({ exists: existsSync(keyFile) })

  await t.test(
    'not while the server runs, not without confirmation, and then no file is left',
    async () => {
      const running = exportKey(keyFile, '--confirm', name)
      match(running.out + running.err, /in use|holds|process/)
      equal(running.code === 0, false)
      deepEqual(exported(), { exists: false })
      await fleet.server.end('SIGTERM')
      equal(exportKey(keyFile).code, 1)
      equal(
        hold('server', 'export-key', 'nothing', keyFile, '--data', data, '--confirm', 'nothing')
          .code,
        1,
      )
      deepEqual(exported(), { exists: false })
    },
  )

  let path = ''
  await t.test('the plain command line restores every file with it', () => {
    const made = exportKey(keyFile, '--confirm', name)
    equal(made.code, 0, made.err)
    equal(statSync(keyFile).mode & 0o777, 0o600)
    const event = made.out.split('\n').find((line) => line.includes('"exported"'))
    path = JSON.parse(event ?? '').path
    const into = join(fleet.folder, 'restored')
    mkdirSync(into)
    const key = ['--vault', path, '--key-file', keyFile]
    // The server backs itself up into the same vault.
    const [, id = ''] = /^([0-9a-f]{6,}).*one/m.exec(hold('points', ...key).out) ?? []
    const restored = hold('restore', id === '' ? 'latest' : id, '--target', into, ...key)
    equal(restored.code, 0, restored.err)
    deepEqual(listDifferences(agent.source, into), [])
    equal(hold('verify', ...key).code, 0)
    const strange = join(fleet.folder, 'strange.key')
    const { out: listed } = hold('key', 'list', '--vault', path)
    match(listed, /exported by the server/)
    writeFileSync(strange, 'not a key')
    equal(hold('points', '--vault', path, '--key-file', strange).code === 0, false)
    equal(exportKey(keyFile, '--confirm', name).code === 0, false, 'no file is written over')
  })

  await t.test('the server goes on with the vault, and its audit log knows', async () => {
    await fleet.startServer()
    equal((await fleet.backUp(agent)).state, 'COMPLETE')
    const entries = await Array.fromAsync(fleet.api.list(routes.audit.list, {}))
    const found = entries.filter(({ action }) => action === 'vaults.exportKey')
    deepEqual(
      found.map(({ object, result, caller }) => [object, result, caller]),
      [[vault?.vaultId, 'done', 'owner']],
    )
    await fleet.server.end('SIGTERM')
  })

  await t.test('a lost catalog does not matter, and is told', () => {
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(data, `catalog.db${ending}`), { force: true })
    const second = join(fleet.folder, 'second.key')
    const made = exportKey(second, '--confirm', name)
    equal(made.code, 0, made.err)
    match(made.out + made.err, /audit log does not know/)
    equal(hold('points', '--vault', path, '--key-file', second).code, 0)
    renameSync(join(data, 'keys'), join(data, 'keys.away'))
    const third = join(fleet.folder, 'third.key')
    equal(
      exportKey(third, '--confirm', name).code === 0,
      false,
      'not without the keys of the server',
    )
    deepEqual(
      [existsSync(third), existsSync(join(data, 'keys', 'master-0001.key'))],
      [false, false],
    )
    equal(
      hold('points', '--vault', path, '--key-file', keyFile).code,
      0,
      'the file needs none of it',
    )
  })
})
