import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hashedKinds, kindOf, objectName } from '#engine'
import {
  objectStoreContract,
  type StoreUnderTest,
  type Trouble,
} from '../../ports/object-store.contract.ts'
import { content, listed, nameOf } from '../../ports/sample-objects.contract.ts'
import { copyPath, primaryPath } from './directory-layout.ts'
import { openDirectoryStore } from './directory-store.ts'
import { newTempName, thisProcess } from './temp-names.ts'
import type { Healing } from './twofold-objects.ts'

const signal = new AbortController().signal
const root = mkdtempSync(join(tmpdir(), 'holdfast-store-'))
test.after(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
function newFolder(): string {
  const folder = join(root, `vault-${folders++}`)
  mkdirSync(folder)
  return folder
}

objectStoreContract('directory store', async (context) => {
  // Trouble of its own kind needs a file system of its own, which only root may mount.
  return directoryUnderTest(/storage that is/.test(context.name) ? mountSmall(context) : undefined)
})

function directoryUnderTest(mounted: string | undefined): StoreUnderTest {
  const folder = mounted ?? newFolder()
  return {
    open: () => openDirectoryStore(folder, { createMissing: false }),
    cut: async (name, bytes) => {
      truncateSync(join(folder, primaryPath(name)), bytes)
      const copy = copyPath(name)
      if (copy === undefined) return
      const trailer = hashedKinds.has(kindOf(name)) || bytes === 0 ? 0 : 32
      truncateSync(join(folder, copy), bytes + trailer)
    },
    unfinished: async () => namesIn(join(folder, 'tmp')).length,
    setTrouble: async (trouble) => {
      if (mounted === undefined) return false
      makeTrouble(mounted, trouble)
      return true
    },
  }
}

function makeTrouble(mounted: string, trouble: Trouble): void {
  const filler = join(mounted, 'filler')
  if (trouble === 'denied') execFileSync('mount', ['-o', 'remount,ro', mounted])
  if (trouble === 'none') {
    execFileSync('mount', ['-o', 'remount,rw', mounted])
    rmSync(filler, { force: true })
  }
  if (trouble !== 'full') return
  try {
    for (;;) appendFileSync(filler, Buffer.alloc(65_536))
  } catch (problem) {
    ok(problem instanceof Error && 'code' in problem && problem.code === 'ENOSPC')
  }
}

/** A file system of 48 MiB; undefined where this process may not mount one. */
function mountSmall(context: TestContext): string | undefined {
  const folder = newFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'holdfast-test', folder], {
      stdio: 'ignore',
    })
  } catch {
    // Not root, or in a container: the suite then says that it skips.
    return undefined
  }
  context.after(() => execFileSync('umount', ['-l', folder]))
  return folder
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

test('a folder that does not exist is no vault; made on request it is for its owner only', async () => {
  const folder = join(root, 'deep', 'er')
  await rejects(openDirectoryStore(folder, { createMissing: false }), { code: 'vault.not-found' })
  const store = await openDirectoryStore(folder, { createMissing: true })
  const bytes = content(1, 10)
  await store.put(nameOf('pack', bytes), bytes, signal)
  const found = execFileSync('find', [join(root, 'deep'), '-printf', '%y%m\n'], {
    encoding: 'utf8',
  })
  deepEqual([...new Set(found.trim().split('\n'))].sort(), ['d700', 'f600'])
  writeFileSync(join(root, 'file'), 'text')
  await rejects(openDirectoryStore(join(root, 'file'), { createMissing: false }), {
    code: 'vault.not-found',
  })
})

test('the layout: packs by their first digits, precious kinds twice, the configuration once more for people', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 10)
  for (const name of [
    objectName('vault', 'config'),
    nameOf('pack', bytes),
    nameOf('index', bytes),
  ]) {
    await store.put(name, bytes, signal)
  }
  await store.put(nameOf('point', bytes), bytes, signal)
  const id = nameOf('pack', bytes).slice('pack/'.length)
  const files = execFileSync('find', [folder, '-type', 'f', '-printf', '%P\n'], {
    encoding: 'utf8',
  })
  deepEqual(files.trim().split('\n').sort(), [
    `copies/point/${id}`,
    'copies/vault/config',
    'holdfast.json',
    `index/${id}`,
    `pack/${id.slice(0, 2)}/${id}`,
    `point/${id}`,
    'vault/config',
  ])
  deepEqual(new Uint8Array(readFileSync(join(folder, 'holdfast.json'))), bytes)
})

test('foreign files are no objects, and a list that cannot be read is an error, not a short list', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 10)
  const name = nameOf('pack', bytes)
  await store.put(name, bytes, signal)
  writeFileSync(join(folder, 'pack', '.DS_Store'), 'x')
  mkdirSync(join(folder, 'pack', 'zz'))
  mkdirSync(join(folder, 'pack', 'ff'))
  writeFileSync(join(folder, 'pack', 'ff', name.slice(5)), 'a pack in the wrong shard')
  writeFileSync(join(folder, primaryPath(name).replace(name.slice(5), 'notes.txt')), 'x')
  deepEqual(await listed(store, 'pack'), [{ name, bytes: 10 }])
  writeFileSync(join(folder, 'pack', 'aa'), 'a file where a folder belongs')
  await rejects(listed(store, 'pack'), { code: 'storage.unavailable' })
})

test('F10: when another folder stands in the place of the vault, nothing is "not there"', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 10)
  const name = nameOf('pack', bytes)
  await store.put(name, bytes, signal)
  renameSync(folder, `${folder}-away`)
  const calls = [
    () => store.find(name, undefined, signal),
    () => store.find(name, { offset: 0, length: 1 }, signal),
    () => store.stat(name, signal),
    () => listed(store, 'pack'),
    () => store.put(nameOf('pack', content(2, 10)), content(2, 10), signal),
  ]
  for (const call of calls) await rejects(call(), { code: 'storage.unavailable' })
  // As an unmounted disk leaves its mount point behind.
  mkdirSync(folder)
  for (const call of calls) await rejects(call(), { code: 'storage.unavailable' })
  deepEqual(readdirSync(folder), [])
})

for (const kind of ['point', 'slot', 'ledger', 'vault'] as const) {
  test(`F11: a ${kind} whose primary is missing, cut or has one bit turned is read from its copy and healed`, async () => {
    const folder = newFolder()
    const healings: Healing[] = []
    const onHealed = (healing: Healing) => healings.push(healing)
    const store = await openDirectoryStore(folder, { createMissing: false, onHealed })
    const bytes = content(1, 500)
    const name = nameOf(kind, bytes)
    await store.put(name, bytes, signal)
    const path = join(folder, primaryPath(name))
    const damages = {
      'primary missing': [() => rmSync(path), () => truncateSync(path, 0)],
      'primary damaged': [() => truncateSync(path, 499), () => turnBit(path)],
    } as const
    for (const what of ['primary missing', 'primary damaged'] as const) {
      for (const damage of damages[what]) {
        damage()
        deepEqual(await listed(store, kind).then((all) => all.map((entry) => entry.name)), [name])
        deepEqual(await store.find(name, { offset: 1, length: 9 }, signal), bytes.slice(1, 10))
        deepEqual(healings.splice(0), [{ name, what, healed: true, problem: undefined }])
        deepEqual(new Uint8Array(readFileSync(path)), bytes)
      }
    }
    deepEqual(await store.find(name, undefined, signal), bytes)
    deepEqual(healings, [])
    deepEqual(namesIn(join(folder, 'tmp')), [])
  })
}

test('F11: a damaged copy of a good primary is reported where the name cannot vouch for the primary', async () => {
  const folder = newFolder()
  const healings: Healing[] = []
  const store = await openDirectoryStore(folder, {
    createMissing: false,
    onHealed: (healing) => healings.push(healing),
  })
  const bytes = content(1, 500)
  const name = nameOf('slot', bytes)
  await store.put(name, bytes, signal)
  turnBit(join(folder, 'copies', name))
  deepEqual(await store.find(name, undefined, signal), bytes)
  deepEqual(healings, [{ name, what: 'copy damaged', healed: false, problem: undefined }])
  rmSync(join(folder, name))
  await rejects(store.find(name, undefined, signal), { code: 'object.damaged' })
})

test('F11: putting an object again heals what is proven to be damaged of it, and nothing else', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 500)
  for (const kind of ['pack', 'index', 'point'] as const) {
    const name = nameOf(kind, bytes)
    await store.put(name, bytes, signal)
    turnBit(join(folder, primaryPath(name)))
    const copy = copyPath(name)
    if (copy !== undefined) turnBit(join(folder, copy))
    await rejects(store.put(name, content(2, 500), signal), { code: 'storage.exists' })
    await store.put(name, bytes, signal)
    deepEqual(new Uint8Array(readFileSync(join(folder, primaryPath(name)))), bytes)
    if (copy !== undefined) deepEqual(new Uint8Array(readFileSync(join(folder, copy))), bytes)
  }
  const slot = objectName('slot', 'main')
  await store.put(slot, bytes, signal)
  turnBit(join(folder, 'copies', slot))
  await store.put(slot, bytes, signal)
  turnBit(join(folder, slot))
  // A put does not judge a primary without a hash; a find does, by the checksum of the copy.
  await rejects(store.put(slot, bytes, signal), { code: 'storage.exists' })
  deepEqual(await store.find(slot, undefined, signal), bytes)
})

test('F11: a point of which both copies are damaged is damage, never an answer', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 500)
  const name = nameOf('point', bytes)
  await store.put(name, bytes, signal)
  turnBit(join(folder, name))
  turnBit(join(folder, 'copies', name))
  await rejects(store.find(name, undefined, signal), { code: 'object.damaged' })
})

test('the copy decides: a primary with other bytes is never joined by a copy of ours', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const name = objectName('ledger', '000000000001')
  await store.put(name, content(1, 50), signal)
  rmSync(join(folder, 'copies', name))
  await rejects(store.put(name, content(2, 50), signal), { code: 'storage.exists' })
  deepEqual(namesIn(join(folder, 'copies', 'ledger')), [])
  deepEqual(await store.find(name, undefined, signal), content(1, 50))
})

test('what a dead process left unfinished is removed by the next write, what may live is not', async () => {
  const folder = newFolder()
  const here = thisProcess()
  mkdirSync(join(folder, 'tmp'))
  const alive = [
    newTempName(here),
    newTempName({ ...here, machine: '0123456789ab', pid: 4_194_304 }),
    newTempName({ ...here, namespace: '1', pid: 4_194_304 }),
    'notes.txt',
  ]
  // Of a machine that was started anew, or of a copy of it that runs now: machines that were cloned share their id.
  const [young, old] = [
    newTempName({ ...here, boot: '0123456789ab' }),
    newTempName({ ...here, boot: '0123456789ab' }),
  ]
  alive.push(young)
  const dead = [
    newTempName({ ...here, pid: 4_194_305 }),
    newTempName({ ...here, startedAt: '1' }),
    old,
  ]
  for (const file of [...alive, ...dead]) writeFileSync(join(folder, 'tmp', file), 'x')
  const daysAgo = (days: number) => Date.now() / 1000 - days * 24 * 3600
  utimesSync(join(folder, 'tmp', young), daysAgo(6.9), daysAgo(6.9))
  utimesSync(join(folder, 'tmp', old), daysAgo(7.1), daysAgo(7.1))
  const store = await openDirectoryStore(folder, { createMissing: false })
  await listed(store, 'pack')
  equal(namesIn(join(folder, 'tmp')).length, alive.length + dead.length, 'reading leaves no trace')
  await store.put(nameOf('pack', content(1, 5)), content(1, 5), signal)
  deepEqual(namesIn(join(folder, 'tmp')).sort(), alive.sort())
})

test('more packs may be read than files are kept open, at the same time', async () => {
  const folder = newFolder()
  await using store = await openDirectoryStore(folder, { createMissing: false })
  const before = readdirSync('/proc/self/fd').length
  const packs = Array.from({ length: 200 }, (_, i) => content(i, 2000))
  await Promise.all(packs.map((bytes) => store.put(nameOf('pack', bytes), bytes, signal)))
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      packs.map(async (bytes, i) => {
        const found = await store.find(nameOf('pack', bytes), { offset: i, length: 1000 }, signal)
        deepEqual(found, bytes.slice(i, i + 1000))
      }),
    )
  }
  ok(readdirSync('/proc/self/fd').length <= before + 64)
  await store.close()
  ok(readdirSync('/proc/self/fd').length <= before + 2)
})

test('permissions: a vault that belongs to others is denied, not absent', async () => {
  const folder = newFolder()
  const store = await openDirectoryStore(folder, { createMissing: false })
  const bytes = content(1, 10)
  const name = nameOf('pack', bytes)
  await store.put(name, bytes, signal)
  chmodSync(root, 0o755)
  chmodSync(join(folder, 'pack'), 0)
  try {
    await asNobody(async () => {
      await rejects(store.find(name, undefined, signal), { code: 'storage.denied' })
      await rejects(store.stat(name, signal), { code: 'storage.denied' })
      await rejects(listed(store, 'pack'), { code: 'storage.denied' })
    })
  } finally {
    chmodSync(join(folder, 'pack'), 0o700)
  }
  deepEqual(await store.find(name, undefined, signal), bytes)
})

/** Permissions do not bind root. Node hands the identity to all its threads, which make the calls. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

function turnBit(path: string): void {
  const bytes = readFileSync(path)
  const at = statSync(path).size >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 4
  writeFileSync(path, bytes)
}
