// F6, F22: damage in the vault, storage that does not answer, a target that is full.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#base'
import type { ObjectName } from '#engine'
import { silentReporter } from '#ports'
import { compareTrees } from '../../bench/compare.ts'
import { noise } from './files.ts'
import { needsRoot, pictureOf, RestoreWorld, storageTrouble } from './restore-world.ts'

/** The packs that hold content, largest first. */
function dataPacks(world: RestoreWorld): ObjectName[] {
  const packs = [...world.store.objects].filter(([name]) => name.startsWith('pack/'))
  return packs.sort(([, a], [, b]) => b.length - a.length).map(([name]) => name)
}

for (const threads of [1, 2])
  test(`F6: one bad byte in a pack fails the files of its block and is in the report; the rest comes back (${threads})`, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    for (let i = 0; i < 60; i++) fs.writeFileSync(join(source, `f${i}`), noise(100_000, i))
    fs.writeFileSync(join(source, 'large'), noise(5_000_000, 99))
    const point = await world.backup(source)
    const [pack] = dataPacks(world)
    ok(pack !== undefined)
    const good = world.store.objects.get(pack)
    ok(good !== undefined)
    for (const share of [0.2, 0.5, 0.8]) {
      const bad = good.slice()
      bad[Math.floor(bad.length * share)] = (bad[Math.floor(bad.length * share)] ?? 0) ^ 0x10
      world.store.objects.set(pack, bad)
      const target = world.makeFolder('target')
      const outcome = await world.restore(point, target, { threads })
      equal(outcome.status, 'partial')
      const failed = new Set(outcome.failures.map(({ path }) => String(path)))
      ok(failed.size >= 1 && failed.size < 45, `${failed.size} files failed`)
      equal(failed.size, outcome.failures.length, 'each is named once')
      deepEqual(new Set(outcome.failures.map(({ code }) => code)), new Set(['object.damaged']))
      const there = new Set(fs.readdirSync(target))
      for (const name of fs.readdirSync(source)) equal(there.has(name), !failed.has(name), name)
      for (const name of there)
        ok(fs.readFileSync(join(source, name)).equals(fs.readFileSync(join(target, name))), name)
      world.store.objects.set(pack, good)
      const again = await world.restore(point, target, { threads })
      equal(again.status, 'complete')
      deepEqual(compareTrees(source, target), [])
    }
  })

test('F6: a pack that is gone fails its files; a pack cut short too', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  fs.writeFileSync(join(source, 'tiny'), 'inline')
  for (let i = 0; i < 5; i++) fs.writeFileSync(join(source, `f${i}`), noise(50_000, i))
  const point = await world.backup(source)
  const [pack] = dataPacks(world)
  ok(pack !== undefined)
  const good = world.store.objects.get(pack)
  ok(good !== undefined)
  const reader = await world.reader()
  const damages = [
    () => world.store.objects.delete(pack),
    () => world.store.objects.set(pack, good.slice(0, 1000)),
  ]
  for (const damage of damages) {
    damage()
    const target = world.makeFolder('target')
    const outcome = await world.restore(point, target)
    equal(outcome.status, 'partial')
    deepEqual(fs.readdirSync(target), ['tiny'])
    equal(outcome.failures.length, 5)
    world.store.objects.set(pack, good)
  }
  ok(reader !== undefined)
})

/** Two packs that both hold the content of the source: the first was away while the second was written. */
async function backUpTwice(world: RestoreWorld, source: string) {
  await world.backup(source)
  const [first] = dataPacks(world)
  ok(first !== undefined)
  const bytes = world.store.objects.get(first)
  ok(bytes !== undefined)
  world.store.objects.delete(first)
  const point = await world.backup(source)
  const [second] = dataPacks(world)
  ok(second !== undefined && second !== first)
  world.store.objects.set(first, bytes)
  return { point, packs: [first, second] as const }
}

/** Every byte in a share of the object is another. */
function spoil(world: RestoreWorld, name: ObjectName, share: readonly [number, number]): void {
  const bytes = world.store.objects.get(name)?.slice()
  ok(bytes !== undefined)
  const [from, to] = share.map((part) => Math.floor(bytes.length * part))
  for (let i = from ?? 0; i < (to ?? 0); i++) bytes[i] = (bytes[i] ?? 0) ^ 0x10
  world.store.objects.set(name, bytes)
}

/** Every other block of the first, and of the second all that have nothing of those. */
async function spoilBoth(world: RestoreWorld, [first, second]: readonly ObjectName[]) {
  const { index } = await world.reader()
  const lost = new Set<string>()
  let spoiled = 0
  for (const name of [first, second]) {
    const pack = name === undefined ? undefined : index.pack(name)
    const bytes = name === undefined ? undefined : world.store.objects.get(name)?.slice()
    ok(name !== undefined && pack !== undefined && bytes !== undefined)
    for (let i = 0; i < pack.blockCount; i++) {
      const { block, offset, storedBytes } = index.block(pack.firstBlock + i)
      const entries = index.entriesOf(block)
      const ids = Array.from({ length: entries.count }, (_, n) =>
        Buffer.from(index.prefixOf(entries.first + n)).toString('hex'),
      )
      const isSpoiled = name === first ? i % 2 === 0 : !ids.some((id) => lost.has(id))
      if (!isSpoiled) continue
      for (const id of ids) lost.add(id)
      bytes.fill(0, offset, offset + storedBytes)
      if (name === second) spoiled++
    }
    world.store.objects.set(name, bytes)
  }
  ok(spoiled > 0, 'both copies are damaged')
}

/** It is listed still, and cannot be read. */
function lose(world: RestoreWorld, lost: ObjectName): void {
  const find = world.store.find.bind(world.store)
  world.store.find = async (name, range, signal) =>
    name === lost && range !== undefined ? undefined : await find(name, range, signal)
}

function makeSource(world: RestoreWorld): string {
  const source = world.makeFolder('source')
  for (let i = 0; i < 60; i++) fs.writeFileSync(join(source, `f${i}`), noise(100_000, i))
  fs.writeFileSync(join(source, 'large'), noise(5_000_000, 99))
  return source
}

const spoilings = {
  'parts of both copies are damaged': spoilBoth,
  'the first copy is damaged throughout': (world, [first]) => spoil(world, first, [0.01, 0.99]),
  'the second copy is damaged throughout': (world, [, second]) =>
    spoil(world, second, [0.01, 0.99]),
  'the first copy is gone since the index was read': (world, [first]) => lose(world, first),
  'the second copy is gone since the index was read': (world, [, second]) => lose(world, second),
} satisfies Record<string, (world: RestoreWorld, packs: readonly [ObjectName, ObjectName]) => void>

for (const [what, happen] of Object.entries(spoilings))
  for (const threads of [1, 2])
    test(`F6: ${what}: every file comes back from the other (${threads})`, async (context) => {
      const world = await RestoreWorld.make(context)
      const source = makeSource(world)
      const { point, packs } = await backUpTwice(world, source)
      await happen(world, packs)
      const target = world.makeFolder('target')
      const outcome = await world.restore(point, target, { threads })
      deepEqual(outcome.failures, [])
      equal(outcome.status, 'complete')
      deepEqual(compareTrees(source, target), [])
    })

test('F6: a block that reads wrongly once is read once more', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = makeSource(world)
  const point = await world.backup(source)
  const [pack] = dataPacks(world)
  const find = world.store.find.bind(world.store)
  const seen = new Set<number>()
  world.store.find = async (name, range, signal) => {
    const bytes = await find(name, range, signal)
    if (name !== pack || range === undefined || seen.has(range.offset)) return bytes
    seen.add(range.offset)
    // Of one block it is the byte that says which format it has.
    const at = seen.size === 1 ? 3 : 60
    return bytes?.map((byte, i) => (i === at ? byte ^ 1 : byte))
  }
  const target = world.makeFolder('target')
  const notices: string[] = []
  const reporter = { ...silentReporter, notice: (text: string) => notices.push(text) }
  const outcome = await world.restore(point, target, { reporter })
  equal(outcome.status, 'complete')
  deepEqual(compareTrees(source, target), [])
  equal(notices.filter((text) => text.includes(pack ?? '')).length, 1, 'it is told once')
})

test('F22: storage that stops to answer ends the job, and only whole files stay', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (let i = 0; i < 80; i++) fs.writeFileSync(join(source, `f${i}`), noise(100_000, i))
  fs.writeFileSync(join(source, 'large'), noise(6_000_000, 99))
  const point = await world.backup(source)
  const find = world.store.find.bind(world.store)
  let reads = 0
  const target = world.makeFolder('target')
  world.store.find = async (name, range, signal) => {
    if (range !== undefined && name.startsWith('pack/') && ++reads > 8) throw storageTrouble()
    return await find(name, range, signal)
  }
  const problem = await world.restore(point, target, { threads: 2 }).then(
    () => undefined,
    (error: unknown) => error,
  )
  ok(isFailure(problem, 'storage.unavailable'), String(problem))
  for (const name of fs.readdirSync(target))
    ok(fs.readFileSync(join(source, name)).equals(fs.readFileSync(join(target, name))), name)
  world.store.find = find
  equal((await world.restore(point, target, { threads: 2 })).status, 'complete')
  deepEqual(compareTrees(source, target), [])
})

test('F22: a full target ends the job and names itself; with more room the next run ends as a clean one', {
  skip: needsRoot,
}, async (context) => {
  const world = await RestoreWorld.make(context)
  const target = world.makeFolder('mounted')
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=755', 'none', target])
  if (mounted.status !== 0) {
    context.skip('this machine does not let us mount')
    return
  }
  try {
    const source = world.makeFolder('source')
    for (let i = 0; i < 60; i++) fs.writeFileSync(join(source, `f${i}`), noise(40_000, i))
    fs.writeFileSync(join(source, 'large'), noise(4_000_000, 99))
    const point = await world.backup(source)
    for (const threads of [1, 2]) {
      const problem = await world.restore(point, target, { threads }).then(
        () => undefined,
        (error: unknown) => error,
      )
      ok(isFailure(problem, 'target.full'), String(problem))
      const left = fs.readdirSync(target)
      deepEqual(
        left.filter((name) => name.startsWith('.')),
        [],
      )
      for (const name of left)
        ok(fs.readFileSync(join(source, name)).equals(fs.readFileSync(join(target, name))), name)
    }
    execFileSync('mount', ['-o', 'remount,size=40m', target])
    equal((await world.restore(point, target)).status, 'complete')
    deepEqual(compareTrees(source, target), [])
  } finally {
    spawnSync('umount', [target])
  }
})

test('F6: a damaged leaf of the tree is in the report, and what other leaves hold comes back', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (let d = 0; d < 60; d++) {
    fs.mkdirSync(join(source, `d${d}`))
    for (let f = 0; f < 60; f++) fs.writeFileSync(join(source, `d${d}/f${f}`), `${d} ${f}`)
  }
  const point = await world.backup(source)
  const reader = await world.reader()
  const root = await reader.get(point.point.tree.base.id, new AbortController().signal)
  ok(root.length > 0)
  const target = world.makeFolder('target')
  const get = reader.get.bind(reader)
  let nodes = 0
  const { performRestore } = await import('#jobs')
  const { linuxTargetTree } = await import('#adapters/target')
  const { byteStringFromText, failure } = await import('#base')
  reader.get = async (id, signal) => {
    if (++nodes === 6) throw failure('object.damaged', { object: 'a pack', problem: 'a test' })
    return await get(id, signal)
  }
  const { silentReporter } = await import('#ports')
  const outcome = await performRestore(
    { reader, target: linuxTargetTree(), reporter: silentReporter },
    {
      point,
      selection: { kind: 'all' },
      destination: { kind: 'directory', path: byteStringFromText(target) },
      onConflict: 'skip',
      verifyExisting: false,
      fidelity: 'full',
      dryRun: false,
    },
    new AbortController().signal,
  )
  equal(outcome.status, 'partial')
  const lost = outcome.failures.filter(({ detail }) => detail.includes('unreadable'))
  equal(lost.length, 1)
  ok(
    outcome.summary.files > 1000 && outcome.summary.files < 3600,
    `${outcome.summary.files} files came back`,
  )
  const missing = compareTrees(source, target).filter(
    ({ aspect }) => aspect === 'content' || aspect === 'extra',
  )
  ok(
    missing.every(({ example }) => example.startsWith('Only in')),
    JSON.stringify(missing),
  )
  equal((await world.restore(point, target, { onConflict: 'overwrite' })).status, 'complete')
  equal(pictureOf(target), pictureOf(source))
})
