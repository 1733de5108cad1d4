import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#base'
import type { VaultId } from '#contract'
import { folderStorage } from './folder-storage.ts'

const root = await mkdtemp(join(tmpdir(), 'holdfast-storage-'))
test.after(() => rm(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => join(root, String(folders++))
const label = {
  vaultId: 'vlt-00000000000000000000000001' as VaultId,
  accountId: 'acc-1',
  regionId: 'hangzhou',
  name: 'main "quoted"\n',
  wrappedKey: Uint8Array.from({ length: 60 }, (_, i) => i * 4),
  wrappedBy: 'master-1',
}

test('a vault is found again by its label, with the wrapped key as it was (E6)', async () => {
  const folder = newFolder()
  const storage = folderStorage({ storages: new Map([['default', folder]]) })
  deepEqual(await storage.list(), [])
  const place = await storage.create(label, undefined)
  deepEqual(await storage.list(), [{ place, label }])
  deepEqual((await readdir(folder)).sort(), [label.vaultId, `${label.vaultId}.vault.json`])
  await using _ = await storage.open(place).then(({ close }) => ({ [Symbol.asyncDispose]: close }))
})

test('a vault that stands there keeps its label, and so its key', async () => {
  const folder = newFolder()
  const storage = folderStorage({ storages: new Map([['default', folder]]) })
  await storage.create(label, undefined)
  const path = join(folder, `${label.vaultId}.vault.json`)
  const before = await readFile(path, 'utf8')
  const other = { ...label, wrappedKey: new Uint8Array(60) }
  await rejects(storage.create(other, undefined), { code: 'vault.exists' })
  equal(await readFile(path, 'utf8'), before)
  await rm(join(folder, label.vaultId), { recursive: true })
  await rejects(storage.create(other, undefined))
  equal(await readFile(path, 'utf8'), before)
})

test('a vault that was carried to a storage of another name is found there (E6)', async () => {
  const [one, two] = [newFolder(), newFolder()]
  await folderStorage({ storages: new Map([['old', one]]) }).create(label, 'old')
  await rename(one, two)
  const storage = folderStorage({ storages: new Map([['new', two]]) })
  const [found] = await storage.list()
  deepEqual(found?.place, { kind: 'folder', storage: 'new', folder: label.vaultId })
  await (await storage.open(found?.place)).close()
})

test('a label that cannot be read is no absence of a vault (E6)', async () => {
  const folder = newFolder()
  const storage = folderStorage({ storages: new Map([['default', folder]]) })
  await storage.create(label, undefined)
  const path = join(folder, `${label.vaultId}.vault.json`)
  const text = await readFile(path, 'utf8')
  for (const torn of ['', '[]', '{', text.replace('"wrappedKey"', '"key"')]) {
    await writeFile(path, torn)
    await rejects(storage.list(), { code: 'object.damaged' })
  }
})

test('a storage that cannot be read is no storage without vaults', async () => {
  // A link to itself is closed to everybody, root too.
  const folder = newFolder()
  await symlink(folder, folder)
  const storage = folderStorage({ storages: new Map([['default', folder]]) })
  await rejects(storage.list(), { code: 'storage.unavailable' })
})

test('a place that the configuration does not name, or that is none, is refused', async () => {
  const storage = folderStorage({ storages: new Map([['default', newFolder()]]) })
  await rejects(storage.create(label, 'another'), { code: 'record.not-found' })
  for (const folder of ['..', 'a/b', '', '.'])
    await rejects(storage.open({ kind: 'folder', storage: 'default', folder }), {
      code: 'object.damaged',
    })
})

test('A18 what is wrong with the storage of a vault is told without where it lies on the server', async () => {
  const folder = newFolder()
  const storage = folderStorage({ storages: new Map([['default', folder]]) })
  const place = await storage.create(label, undefined)
  const opened = await storage.open(place)
  const told: string[] = []
  const tell = (problem: unknown) => {
    told.push(isFailure(problem) ? `${problem.message} ${JSON.stringify(problem.context)}` : 'bug')
  }
  await rename(folder, `${folder}-gone`)
  const { signal } = new AbortController()
  await opened.leases.acquire('reader', 'me', signal).catch(tell)
  await opened.close().catch(tell)
  await storage.open(place).catch(tell)
  await writeFile(folder, 'no folder')
  await storage.open(place).catch(tell)
  await storage.create({ ...label, vaultId: `${label.vaultId}2` as VaultId }, undefined).catch(tell)
  await rm(folder)
  await rename(`${folder}-gone`, folder)
  await storage.create(label, undefined).catch(tell)
  equal(told.length, 5)
  deepEqual(
    told.filter((text) => text.includes(root) || text === 'bug'),
    [],
  )
})
