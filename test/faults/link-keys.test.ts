/**
 * Device and inode number name a file only for a while: devices are numbered anew at a boot, and inode numbers are used
 * again. Each of these once restored the content of one file under the name of another, and said "complete".
 */
import { deepEqual, equal, match } from 'node:assert/strict'
import { linkSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteString } from '#base'
import {
  compileFilter,
  decodeExtras,
  KIND_CODE,
  LISTING_AT,
  nextListingRecord,
  parseFilterRule,
} from '#engine'
import type { CaptureRequest, SourceTree } from '#ports'
import { afterAllChanges, ReviewWorld } from './review-world.ts'

type Place = { readonly dev: bigint; readonly ino: bigint }

/** A source whose files have other device and inode numbers than this machine gives them. */
function renumbered(tree: SourceTree, numbers: (name: string) => Partial<Place>): SourceTree {
  const real = new Map<string, Place>()
  const forge = (records: Uint8Array): void => {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
      if (view.getUint8(at + LISTING_AT.kind) !== KIND_CODE.file) continue
      const name = byteString(records.subarray(at + LISTING_AT.name, nextListingRecord(view, at)))
      const [dev, ino] = [at + LISTING_AT.dev, at + LISTING_AT.ino]
      real.set(name, { dev: view.getBigUint64(dev, true), ino: view.getBigUint64(ino, true) })
      const forged = numbers(name)
      if (forged.dev !== undefined) view.setBigUint64(dev, forged.dev, true)
      if (forged.ino !== undefined) view.setBigUint64(ino, forged.ino, true)
    }
  }
  const nameOf = ({ path }: CaptureRequest) => path.slice(path.lastIndexOf('/') + 1)
  const asItIs = (request: CaptureRequest): CaptureRequest => {
    const place = real.get(nameOf(request))
    if (place === undefined) return request
    const { buffer, byteOffset, byteLength } = request.view
    const view = new DataView(buffer.slice(byteOffset, byteOffset + byteLength))
    view.setBigUint64(request.at + LISTING_AT.dev, place.dev, true)
    view.setBigUint64(request.at + LISTING_AT.ino, place.ino, true)
    return { ...request, view }
  }
  return {
    limits: tree.limits,
    stat: (path, until) => tree.stat(path, until),
    list: async (request, until) => {
      const page = await tree.list(request, until)
      if (page.kind === 'records') forge(page.records)
      return page
    },
    capture: async (batch, until) => {
      const found = await tree.capture(batch.map(asItIs), until)
      const entries = found.entries.map((entry, i) => {
        const request = batch[i]
        if (entry.kind === 'failed' || request === undefined) return entry
        const { ino } = numbers(nameOf(request))
        if (ino === undefined || entry.stat.kind !== 'file') return entry
        return { ...entry, stat: { ...entry.stat, inoLow: Number(ino & 0xffff_ffffn) } }
      })
      return { ...found, entries, release: () => found.release() }
    },
    open: (request, until) => tree.open(asItIs(request), until),
    close: () => tree.close(),
  }
}

const before = 77_001n
const today = 77_002n

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'latin1')
}

test('two disks that swap their device numbers at a boot do not swap their files (B5)', async () => {
  await using world = await ReviewWorld.make()
  world.write('d1/x', 'of disk one'.repeat(40))
  linkSync(world.at('d1/x'), join(world.folder, 'another name of x'))
  const boot1 = (tree: SourceTree) => renumbered(tree, () => ({ dev: before }))
  await world.backup({ wrap: boot1, startedAt: afterAllChanges() })
  world.write('d2/y', 'of disk TWO'.repeat(40))
  linkSync(world.at('d2/y'), world.at('d2/y2'))
  const ino = statSync(world.at('d1/x'), { bigint: true }).ino
  const boot2 = (tree: SourceTree) =>
    renumbered(tree, (name) => (name === 'x' ? { dev: today } : { dev: before, ino }))
  const { point, summary } = await world.backup({ wrap: boot2 })
  equal(summary.filesRead, 2, 'the names of y; x has not changed')
  const { folder, outcome } = await world.restore(point)
  equal(outcome.status, 'complete')
  equal(read(folder, 'd1/x'), 'of disk one'.repeat(40))
  equal(read(folder, 'd2/y'), 'of disk TWO'.repeat(40))
  equal(read(folder, 'd2/y2'), 'of disk TWO'.repeat(40))
  const inoOf = (path: string) => statSync(join(folder, path)).ino
  equal(inoOf('d2/y2'), inoOf('d2/y'))
  equal(statSync(join(folder, 'd1/x')).nlink, 1)
})

for (const [where, others] of [
  ['a tree of its own', 0],
  ['an overlay', 4200],
] as const)
  test(`in ${where} a kept name takes the device number of today: it stays one file with a name that is read now (B5)`, async () => {
    await using world = await ReviewWorld.make()
    for (let i = 0; i < others; i++) world.write(`others/${i}`, '')
    world.write('a/x', 'one file'.repeat(40))
    world.write('m', 'a file of one name')
    linkSync(world.at('a/x'), world.at('x2'))
    const boot1 = (tree: SourceTree) => renumbered(tree, () => ({ dev: before }))
    const filter = compileFilter({ rules: [parseFilterRule('x2')] })
    await world.backup({ wrap: boot1, filter, startedAt: afterAllChanges() })
    const boot2 = (tree: SourceTree) => renumbered(tree, () => ({ dev: today }))
    const second = await world.backup({ wrap: boot2, startedAt: afterAllChanges() })
    equal(second.summary.filesRead, 1, 'no content of a kept name is read for its device number')
    const third = await world.backup({ wrap: boot1, startedAt: afterAllChanges() })
    equal(third.summary.filesRead, 0)
    equal(third.point.point.tree.overlay !== undefined, others > 0)
    for (const [point, device] of [
      [second.point, today],
      [third.point, before],
    ] as const) {
      const entries = await world.entries(point)
      const devices = ['a/x', 'x2', 'm'].map((path) => {
        const { extra } = entries.get(path) ?? { extra: new Uint8Array() }
        return decodeExtras(extra).linkDevice
      })
      deepEqual(devices, [String(device), String(device), undefined])
      const { folder } = await world.restore(point)
      equal(statSync(join(folder, 'a/x')).ino, statSync(join(folder, 'x2')).ino)
      equal(read(folder, 'x2'), 'one file'.repeat(40))
    }
  })

test('a kept name and a new file that got its inode number during the walk are two files (B5)', async () => {
  await using world = await ReviewWorld.make()
  world.write('a/1', 'A'.repeat(300))
  linkSync(world.at('a/1'), join(world.folder, 'another name'))
  await world.backup({ startedAt: afterAllChanges() })
  deepEqual((await world.verify()).notices, [])
  world.write('z/2', 'B'.repeat(300))
  linkSync(world.at('z/2'), world.at('z/3'))
  const ino = statSync(world.at('a/1'), { bigint: true }).ino
  const reused = (tree: SourceTree) => renumbered(tree, (name) => (name === '1' ? {} : { ino }))
  const { point } = await world.backup({ wrap: reused })
  const { folder } = await world.restore(point)
  equal(read(folder, 'a/1'), 'A'.repeat(300))
  equal(read(folder, 'z/2'), 'B'.repeat(300))
  equal(read(folder, 'z/3'), 'B'.repeat(300))
  equal(statSync(join(folder, 'z/3')).ino, statSync(join(folder, 'z/2')).ino)
  const { problems, notices } = await world.verify()
  deepEqual(problems, [])
  match(
    notices.join(),
    /^2 names below tree node [0-9a-f]{16} with the device and inode number of another/,
  )
})
