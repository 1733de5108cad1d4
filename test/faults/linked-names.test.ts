/** A file of several names, whose names change while they are read. Each of these once stored the content of another file. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { linkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteString } from '#base'
import { decodeExtras, LISTING_AT, nextListingRecord } from '#engine'
import type { SourceTree } from '#ports'
import { ReviewWorld, slowly } from './review-world.ts'

/** Names of one file, far enough apart that the first is read before the last is asked for. */
function writeLinked(world: ReviewWorld, ...names: readonly [string, ...string[]]): void {
  const [first, ...others] = names
  world.write(first, 'the linked file'.repeat(100))
  for (let i = 0; i < 6; i++) world.write(`m/${i}`, `between ${i}`.repeat(100))
  for (const name of others) {
    mkdirSync(join(world.at(name), '..'), { recursive: true })
    linkSync(world.at(first), world.at(name))
  }
}

test('a name that is replaced before it is read does not lend its content to the other names (B6)', async () => {
  await using world = await ReviewWorld.make()
  writeLinked(world, 'a', 'y/b', 'z/c')
  const { point } = await world.backup({
    wrap: slowly,
    beforeRead: (path) => {
      if (path !== 'a') return
      writeFileSync(join(world.folder, 'new'), 'another file'.repeat(100))
      renameSync(join(world.folder, 'new'), world.at('a'))
    },
  })
  equal(await world.contentOf(point, 'a'), 'another file'.repeat(100))
  equal(await world.contentOf(point, 'y/b'), 'the linked file'.repeat(100))
  equal(await world.contentOf(point, 'z/c'), 'the linked file'.repeat(100))
  const { a, c } = linkFacts(await world.entries(point))
  equal(a, undefined, 'what replaced it is no name of the linked file')
  ok(c !== undefined)
})

function linkFacts(entries: Awaited<ReturnType<ReviewWorld['entries']>>) {
  const deviceOf = (path: string) => {
    const entry = entries.get(path)
    return entry === undefined ? undefined : decodeExtras(entry.extra).linkDevice
  }
  return { a: deviceOf('a'), c: deviceOf('z/c') }
}

test('a name that vanishes before it is read does not take the other names with it (B6)', async () => {
  await using world = await ReviewWorld.make()
  writeLinked(world, 'a', 'y/b', 'z/c')
  const { point, failures } = await world.backup({
    wrap: slowly,
    beforeRead: (path) => {
      if (path === 'a') unlinkSync(world.at('a'))
    },
  })
  deepEqual(
    failures.map(({ reason }) => reason),
    ['vanished'],
  )
  equal(await world.contentOf(point, 'y/b'), 'the linked file'.repeat(100))
  equal(await world.contentOf(point, 'z/c'), 'the linked file'.repeat(100))
})

test('an inode number that is used again during the walk is another file (B6)', async () => {
  await using world = await ReviewWorld.make()
  writeLinked(world, 'a', 'a2')
  world.write('z/c', 'a young file'.repeat(100))
  const { point } = await world.backup({ wrap: (tree) => reusing(slowly(tree), world) })
  equal(await world.contentOf(point, 'z/c'), 'a young file'.repeat(100))
  const entries = await world.entries(point)
  equal(entries.get('z/c')?.inoLow, entries.get('a')?.inoLow, 'the numbers are the same')
  const { a, c } = linkFacts(entries)
  ok(a !== undefined && c === undefined, 'a restore must not make one file of the two')
})

/** z/c has the inode number of `a`, and two names, as far as the backup can see. */
function reusing(tree: SourceTree, world: ReviewWorld): SourceTree {
  let ofFirst = 0n
  let ofLast = 0n
  const forge = (records: Uint8Array): void => {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
      const name = byteString(records.subarray(at + LISTING_AT.name, nextListingRecord(view, at)))
      if (name === 'a') ofFirst = view.getBigUint64(at + LISTING_AT.ino, true)
      if (name !== 'c') continue
      ofLast = view.getBigUint64(at + LISTING_AT.ino, true)
      view.setBigUint64(at + LISTING_AT.ino, ofFirst, true)
      view.setUint32(at + LISTING_AT.nlink, 2, true)
    }
  }
  return {
    ...tree,
    limits: tree.limits,
    list: async (request, until) => {
      const page = await tree.list(request, until)
      if (page.kind === 'records') forge(page.records)
      return page
    },
    capture: async (batch, until) => {
      const asked = batch.map((request) => {
        if (!request.path.endsWith('/z/c')) return request
        const view = new DataView(request.view.buffer.slice(request.view.byteOffset))
        view.setBigUint64(request.at + LISTING_AT.ino, ofLast, true)
        return { ...request, view }
      })
      const found = await tree.capture(asked, until)
      const entries = found.entries.map((entry, i) => {
        if (entry.kind === 'failed' || batch[i]?.path !== `${world.source}/z/c`) return entry
        const stat = { ...entry.stat, inoLow: Number(ofFirst & 0xffff_ffffn), nlink: 2 }
        return { ...entry, stat }
      })
      return { ...found, entries, release: () => found.release() }
    },
  }
}
