/** Findings of a review of the way of a backup: each of these once lost something, or said "complete" when it was not. */

import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '#base'
import { compileFilter, decodeExtras, encodeExtras } from '#engine'
import { SeededRandom, type SourceTree } from '#ports'
import { afterAllChanges, ReviewWorld, slowly } from './review-world.ts'

const random = new SeededRandom(1)

test('an entry whose attributes could not be read is read again, and said again (B6)', async () => {
  await using world = await ReviewWorld.make()
  world.write('f', 'content'.repeat(100))
  const noting = (tree: SourceTree): SourceTree => ({
    ...slowly(tree),
    capture: async (batch, until) => {
      const found = await tree.capture(batch, until)
      const entries = found.entries.map((entry, i) => {
        if (entry.kind === 'failed' || !batch[i]?.path.endsWith('/f')) return entry
        return { ...entry, notes: ['attribute user.x: denied'] }
      })
      return { ...found, entries, release: () => found.release() }
    },
  })
  // Nothing is recent here: only the missing attribute makes the file be read again.
  const startedAt = afterAllChanges()
  for (const time of ['first', 'second']) {
    const { point, failures } = await world.backup({ wrap: noting, startedAt })
    equal(failures.length, 1, `the ${time} time`)
    equal(point.point.status, 'partial', `the ${time} time`)
  }
  const whole = await world.backup({ startedAt })
  equal(whole.point.point.status, 'complete', 'when it can be read again')
  equal((await world.backup()).summary.filesRead, 0)
})

test('a large file whose content is lost is read again though it has not changed', async () => {
  await using world = await ReviewWorld.make()
  const bytes = random.bytes(1_500_000)
  world.write('large', bytes)
  const startedAt = afterAllChanges()
  const first = await world.backup({ startedAt })
  const entry = (await world.entries(first.point)).get('large')
  ok(entry !== undefined && decodeExtras(entry.extra).pieceLists !== undefined)
  equal((await world.backup({ startedAt })).summary.filesRead, 0)
  await world.losePacks('data')
  const again = await world.backup()
  equal(await world.contentOf(again.point, 'large'), Buffer.from(bytes).toString('latin1'))
})

test('a file that changed just before a backup began is read again by the next (B6)', async () => {
  await using world = await ReviewWorld.make()
  world.write('f', 'content'.repeat(100))
  await world.backup()
  equal((await world.backup({ startedAt: afterAllChanges() })).summary.filesRead, 1)
  equal((await world.backup()).summary.filesRead, 0, 'it had not changed for long')
})

test('what becomes a directory after it was listed is told: nothing in it was taken (B6)', async () => {
  await using world = await ReviewWorld.make()
  world.write('f', 'a file')
  const { point } = await world.backup({
    beforeRead: (path) => {
      if (path !== 'f') return
      unlinkSync(world.at('f'))
      world.write('f/inside', 'a file in it')
    },
  })
  equal(point.point.status, 'partial')
})

test('what is no directory any more when it is read does not stand above entries (B6)', async () => {
  await using world = await ReviewWorld.make()
  world.write('d/inside', 'a file in it')
  await world.backup({ startedAt: afterAllChanges() })
  world.write('d/more', 'a change')
  const { point } = await world.backup({
    beforeRead: (path) => {
      if (path !== 'd') return
      renameSync(world.at('d'), join(world.folder, 'moved'))
      writeFileSync(world.at('d'), 'a file')
    },
  })
  equal(point.point.status, 'partial')
  const entries = await world.entries(point)
  ok(!(entries.has('d/inside') && entries.get('d')?.kind === 'file'))
})

test('a file larger than --exclude-larger-than is left out (C-filter)', async () => {
  await using world = await ReviewWorld.make()
  world.write('small', 'x')
  world.write('large', 'x'.repeat(2000))
  const filter = compileFilter({ rules: [], fileBytesMax: 1000 })
  const { point, summary } = await world.backup({ filter })
  deepEqual([...(await world.entries(point)).keys()], ['', 'small'])
  equal(summary.excluded, 1)
})

test('a file that says it is longer than it is, is told and holds what was read of it (B6)', async () => {
  await using world = await ReviewWorld.make()
  // Files of sysfs have one page, whatever is in them.
  const { point, failures } = await world.backup({ source: '/sys/devices/virtual/net/lo' })
  const mtu = (await world.entries(point)).get('mtu')
  equal(mtu?.size, (await world.contentOf(point, 'mtu'))?.length)
  equal(mtu?.inconsistent, true)
  ok(failures.some(({ path, reason }) => path.endsWith('/mtu') && reason === 'changed'))
})

for (const [kind, make] of [
  ['symlink', (path: string) => symlinkSync('/elsewhere', path)],
  ['fifo', (path: string) => execFileSync('mkfifo', [path])],
] as const)
  test(`a large file that is a ${kind} when it is opened has nothing of a file in its row (B6)`, async () => {
    await using world = await ReviewWorld.make()
    world.write('f', random.bytes(2_000_000))
    const { point } = await world.backup({
      beforeRead: (path) => {
        if (path !== 'f') return
        rmSync(world.at('f'), { force: true })
        make(world.at('f'))
      },
    })
    const entry = (await world.entries(point)).get('f')
    ok(entry !== undefined)
    const linkTarget = kind === 'symlink' ? { linkTarget: Buffer.from('/elsewhere') } : {}
    deepEqual([entry.kind, entry.size], [kind, 0])
    deepEqual(toHex(entry.extra), toHex(encodeExtras(linkTarget)))
    const { outcome } = await world.restore(point)
    equal(outcome.status, 'complete')
  })

test('a small file that has grown beyond a batch when it is read is taken whole (B6)', async () => {
  await using world = await ReviewWorld.make()
  world.write('log', 'a line\n')
  const grown = 'many lines\n'.repeat(600_000)
  const { point } = await world.backup({
    beforeRead: (path) => {
      if (path === 'log') writeFileSync(world.at('log'), grown)
    },
  })
  equal((await world.contentOf(point, 'log')) === grown, true)
  equal(point.point.status, 'complete')
})
