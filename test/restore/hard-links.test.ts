// B5, F4: names of one file, and files that stand at the target under several names.
import { deepEqual, equal, ok } from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { compareTrees } from '../../bench/compare.ts'
import { backedUpAt, day, noise, write } from './files.ts'
import { RestoreWorld } from './restore-world.ts'

test('B5: hard links: a part of the names, a first name that stands there already, one that is another file', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (const size of [10, 2000, 400_000]) {
    write(source, `a/first ${size}`, noise(size, size))
    fs.mkdirSync(join(source, 'b'), { recursive: true })
    for (const name of ['b/second', 'b/third', 'c'])
      fs.linkSync(join(source, `a/first ${size}`), join(source, `${name} ${size}`))
  }
  const point = await world.backup(source)
  const inodes = (target: string, ...names: string[]) =>
    new Set(names.map((name) => fs.statSync(join(target, name)).ino)).size
  for (const size of [10, 2000, 400_000]) {
    const names = [`a/first ${size}`, `b/second ${size}`, `b/third ${size}`, `c ${size}`]
    const part = world.makeFolder('part')
    const selection = { kind: 'include', paths: [byteStringFromText('b')] } as const
    await world.restore(point, part, { selection })
    equal(inodes(part, `b/second ${size}`, `b/third ${size}`), 1)
    equal(fs.statSync(join(part, `b/second ${size}`)).nlink, 2)

    const resumed = world.makeFolder('resumed')
    await world.restore(point, resumed)
    fs.rmSync(join(resumed, `b/third ${size}`))
    const again = await world.restore(point, resumed)
    equal(again.status, 'complete')
    equal(inodes(resumed, ...names), 1, `${size}: the lost name is linked again`)
    ok(fs.readFileSync(join(resumed, `b/third ${size}`)).equals(noise(size, size)))

    const other = world.makeFolder('other')
    write(other, `c ${size}`, 'another file', 5)
    const kept = await world.restore(point, other)
    equal(kept.status, 'complete')
    equal(fs.readFileSync(join(other, `c ${size}`), 'utf8'), 'another file')
    equal(inodes(other, ...names.slice(0, 3)), 1)
    ok(fs.readFileSync(join(other, `b/third ${size}`)).equals(noise(size, size)))
    await world.restore(point, other, { onConflict: 'overwrite' })
    equal(inodes(other, ...names), 1, `${size}: overwriting links them all`)
    deepEqual(compareTrees(source, other), [])
  }
})

/** mtime in days before the backup, permissions, and how many names. */
function factsOf(path: string): readonly [number, string, number] {
  const { mtimeMs, mode, nlink } = fs.statSync(path)
  return [(backedUpAt - mtimeMs / 1000) / day, (mode & 0o777).toString(8), nlink]
}

for (const onConflict of ['overwrite', 'newer'] as const)
  test(`F4: ${onConflict}: a file that stands there under other names too is not changed under those`, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    const content = noise(20_000, 7)
    write(source, 'a', content, backedUpAt - day)
    write(source, 'b', content)
    write(source, 'c', content)
    fs.chmodSync(join(source, 'a'), 0o640)
    fs.chmodSync(join(source, 'b'), 0o600)
    fs.chmodSync(join(source, 'c'), 0o604)
    const point = await world.backup(source)
    const target = world.makeFolder('target')
    const outside = join(world.makeFolder('elsewhere'), 'outside')
    // Two names of one file, older than the second; and a name of a file that is none of this restore's business.
    write(target, 'a', content, backedUpAt - 2 * day)
    fs.linkSync(join(target, 'a'), join(target, 'b'))
    write(target, 'c', content)
    fs.chmodSync(join(target, 'c'), 0o666)
    fs.linkSync(join(target, 'c'), outside)
    for (let run = 0; run < 2; run++) {
      const { status } = await world.restore(point, target, { onConflict })
      equal(status, 'complete')
      deepEqual(factsOf(join(target, 'a')), [1, '640', 1])
      deepEqual(factsOf(join(target, 'b')), [0, '600', 1])
      deepEqual(factsOf(join(target, 'c')), [0, '604', 1])
      deepEqual(factsOf(outside), [0, '666', 1])
    }
  })

test('F4: names of one file that stand there as one file stay one, and are not written again', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  write(source, 'a', 'one file')
  fs.linkSync(join(source, 'a'), join(source, 'b'))
  const point = await world.backup(source)
  const target = world.makeFolder('target')
  await world.restore(point, target)
  const { ino } = fs.statSync(join(target, 'a'))
  const { summary } = await world.restore(point, target, { onConflict: 'overwrite' })
  equal(summary.unchanged, 2)
  equal(summary.trusted, 2)
  equal(fs.statSync(join(target, 'b')).ino, ino)
})
