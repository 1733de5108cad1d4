/** What a collection copies is looked at before the original goes. */
import { equal, ok, rejects } from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { isFailure } from '#base'
import type { ObjectName } from '#engine'
import { performExpire, performGarbage, proposeExpire } from '#jobs'
import { SeededRandom, silentReporter } from '#ports'
import { Ownership } from '#vault'
import { afterAllChanges, ReviewWorld, signal, slowly } from './review-world.ts'

const random = new SeededRandom(1)

/** One living file and many dead ones, each in a block of its own, all in one pack. */
async function makePartlyDead(): Promise<ReviewWorld> {
  const world = await ReviewWorld.make()
  world.write('stays', random.bytes(20_000))
  for (let i = 0; i < 5; i++) world.write(`goes${i}`, random.bytes(20_000))
  await world.backup({ wrap: slowly, startedAt: afterAllChanges() })
  for (let i = 0; i < 5; i++) rmSync(world.at(`goes${i}`))
  await world.backup()
  return world
}

async function collectAll(world: ReviewWorld): Promise<void> {
  await using ownership = await Ownership.take(world.vault, 'review', signal)
  const request = { requested: undefined, keepOne: true, atOnce: false }
  await performExpire(ownership, await proposeExpire(ownership, request, signal), signal)
  await performGarbage(ownership, { graceMs: 0, deadShareMin: 0.05 }, silentReporter, signal)
}

async function packOf(world: ReviewWorld): Promise<{ name: ObjectName; offset: number }> {
  const reader = await world.reader()
  const { index } = reader
  const pack = index.packs.find(
    ({ firstBlock, blockCount }) => blockCount > 4 && index.block(firstBlock).kind === 'data',
  )
  ok(pack !== undefined)
  // The files are read in the order of their names: the last block is that of the one that stays.
  const { offset } = index.block(pack.firstBlock + pack.blockCount - 1)
  return { name: pack.name, offset }
}

test('a block that lives as a whole is copied, and the pack it stood in goes', async () => {
  await using world = await makePartlyDead()
  const { name } = await packOf(world)
  await collectAll(world)
  ok(!world.store.objects.has(name))
  const { point } = await world.backup()
  equal((await world.contentOf(point, 'stays'))?.length, 20_000)
})

test('a block that reads damaged is not copied in the place of its original (B9)', async () => {
  await using world = await makePartlyDead()
  const { name, offset } = await packOf(world)
  const bytes = world.store.objects.get(name)
  ok(bytes !== undefined)
  const at = offset + 5000
  const good = bytes[at] ?? 0
  bytes[at] = good ^ 1
  await rejects(collectAll(world), (problem) => isFailure(problem, 'object.damaged'))
  ok(world.store.objects.has(name), 'the original is still there')
  // It was the reading that was wrong: nothing is lost.
  bytes[at] = good
  await collectAll(world)
  const { point } = await world.backup()
  equal((await world.contentOf(point, 'stays'))?.length, 20_000)
})
