// A vault of a server is read and restored by the plain command line with an exported key, when there is no server (E6).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { routes } from '#contract'
import { listDifferences } from '../fidelity/outside-tools.ts'
import { runProgram } from '../fleet/process.ts'
import { fillTree } from '../fleet/trees.ts'
import { Fleet, type FleetAgent, needsRoot } from '../fleet/world.ts'

type Scene = {
  readonly fleet: Fleet
  readonly agent: FleetAgent
  readonly vault: { readonly name: string; readonly vaultId: string }
  readonly data: string
  readonly keyFile: string
}

function hold({ fleet }: Scene, ...words: string[]) {
  return runProgram(words, { home: fleet.folder })
}

function exportKey(scene: Scene, file: string, ...more: string[]) {
  const words = ['--json', 'server', 'export-key', scene.vault.name, file, '--data', scene.data]
  return hold(scene, ...words, ...more)
}

const confirmed = ({ vault }: Scene) => ['--confirm', vault.name]

test('E6: an exported key opens a vault without its server', { skip: needsRoot }, async (t) => {
  await using fleet = await Fleet.open()
  const agent = await fleet.addAgent('one', { fill: (folder) => fillTree(folder, 'exported') })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')
  const [vault] = await Array.fromAsync(fleet.api.list(routes.vaults.list, {}))
  ok(vault)
  const keyFile = join(fleet.folder, 'exported.key')
  const scene = { fleet, agent, vault, data: join(fleet.folder, 'data'), keyFile }
  let path = ''
  await t.test('not while the server runs, not without confirmation; then no file is left', () =>
    refuse(scene),
  )
  await t.test('the plain command line restores every file with it', () => {
    path = restoreAlone(scene)
  })
  await t.test('the server goes on with the vault, and its audit log knows', () => goOn(scene))
  await t.test('a lost catalog does not matter, and is told', () => exportLost(scene, path))
})

async function refuse(scene: Scene): Promise<void> {
  const { fleet, keyFile, data } = scene
  const running = exportKey(scene, keyFile, ...confirmed(scene))
  match(running.out + running.err, /in use|holds|process/)
  ok(running.code !== 0)
  await fleet.server.end('SIGTERM')
  equal(exportKey(scene, keyFile).code, 1)
  const words = ['server', 'export-key', 'nothing', keyFile, '--data', data]
  equal(hold(scene, ...words, '--confirm', 'nothing').code, 1)
  equal(existsSync(keyFile), false)
}

/** @returns the folder of the vault */
function restoreAlone(scene: Scene): string {
  const { fleet, agent, keyFile } = scene
  const made = exportKey(scene, keyFile, ...confirmed(scene))
  equal(made.code, 0, made.err)
  equal(statSync(keyFile).mode & 0o777, 0o600)
  const event = made.out.split('\n').find((line) => line.includes('"exported"'))
  const { path } = JSON.parse(event ?? '')
  const into = join(fleet.folder, 'restored')
  mkdirSync(into)
  const key = ['--vault', path, '--key-file', keyFile]
  // The server may have backed itself up into the same vault.
  const [, id = 'latest'] = /^([0-9a-f]{6,}).*one/m.exec(hold(scene, 'points', ...key).out) ?? []
  const restored = hold(scene, 'restore', id, '--target', into, ...key)
  equal(restored.code, 0, restored.err)
  deepEqual(listDifferences(agent.source, into), [])
  equal(hold(scene, 'verify', ...key).code, 0)
  match(hold(scene, 'key', 'list', '--vault', path).out, /exported by the server/)
  const strange = join(fleet.folder, 'strange.key')
  writeFileSync(strange, 'not a key')
  ok(hold(scene, 'points', '--vault', path, '--key-file', strange).code !== 0)
  ok(exportKey(scene, keyFile, ...confirmed(scene)).code !== 0, 'no file is written over')
  return path
}

async function goOn({ fleet, agent, vault }: Scene): Promise<void> {
  await fleet.startServer()
  equal((await fleet.backUp(agent)).state, 'COMPLETE')
  const entries = await Array.fromAsync(fleet.api.list(routes.audit.list, {}))
  const found = entries.filter(({ action }) => action === 'vaults.exportKey')
  deepEqual(
    found.map(({ object, result, caller }) => [object, result, caller]),
    [[vault.vaultId, 'done', 'owner']],
  )
  await fleet.server.end('SIGTERM')
}

function exportLost(scene: Scene, path: string): void {
  const { fleet, data, keyFile } = scene
  for (const ending of ['', '-wal', '-shm'])
    rmSync(join(data, `catalog.db${ending}`), { force: true })
  const second = join(fleet.folder, 'second.key')
  const made = exportKey(scene, second, ...confirmed(scene))
  equal(made.code, 0, made.err)
  match(made.out + made.err, /audit log does not know/)
  equal(hold(scene, 'points', '--vault', path, '--key-file', second).code, 0)
  renameSync(join(data, 'keys'), join(data, 'keys.away'))
  const third = join(fleet.folder, 'third.key')
  ok(exportKey(scene, third, ...confirmed(scene)).code !== 0, 'not without the keys of the server')
  deepEqual([existsSync(third), existsSync(join(data, 'keys', 'master-0001.key'))], [false, false])
  const alone = hold(scene, 'points', '--vault', path, '--key-file', keyFile)
  equal(alone.code, 0, 'the file needs none of it')
}
