// F6, F22: damage in the vault, storage that does not answer, a target that is full.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#base'
import type { ObjectName } from '#engine'
import { compareTrees } from '../../bench/compare.ts'
import { needsRoot, pictureOf, RestoreWorld, storageTrouble } from './restore-world.ts'

function bytesOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed + 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** The packs that hold content, largest first. */
function dataPacks(world: RestoreWorld): ObjectName[] {
  const packs = [...world.store.objects].filter(([name]) => name.startsWith('pack/'))
  return packs.sort(([, a], [, b]) => b.length - a.length).map(([name]) => name)
}

for (const threads of [1, 2])
  test(`F6: one bad byte in a pack fails the files of its block and is in the report; the rest comes back (${threads})`, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    for (let i = 0; i < 60; i++) fs.writeFileSync(join(source, `f${i}`), bytesOf(100_000, i))
    fs.writeFileSync(join(source, 'large'), bytesOf(5_000_000, 99))
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
  for (let i = 0; i < 5; i++) fs.writeFileSync(join(source, `f${i}`), bytesOf(50_000, i))
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

test('F22: storage that stops to answer ends the job, and only whole files stay', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (let i = 0; i < 80; i++) fs.writeFileSync(join(source, `f${i}`), bytesOf(100_000, i))
  fs.writeFileSync(join(source, 'large'), bytesOf(6_000_000, 99))
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
    for (let i = 0; i < 60; i++) fs.writeFileSync(join(source, `f${i}`), bytesOf(40_000, i))
    fs.writeFileSync(join(source, 'large'), bytesOf(4_000_000, 99))
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
