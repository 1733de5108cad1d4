/** What the oracle lets pass of a reader who missed something: what a lost lease explains, and only while nothing is lost. */
import { equal, match, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { Ownership } from '#vault'
import { backUp } from './process-life.ts'
import { deletionsBy, orLeft } from './reading-jobs.ts'
import { signal, World } from './world.ts'

const calm = {
  disk: 'map',
  disturbances: 0,
  lock: 'off',
  faultsPerLife: 0,
  deathsAtLink: 0,
} as const

test('a reader who misses a chunk is excused only when a sweep without its lease passed him', async () => {
  const { world, id } = await worldWithPoint()
  const before = deletionsBy(world)
  const read = () => orLeft(world, { id, before }, async () => missing())
  await rejects(read(), { code: 'chunk.missing' })
  world.pauses++
  await rejects(read(), { code: 'chunk.missing' })
  world.truth.deletedPacks++
  await rejects(read(), { code: 'vault.leased' })
  world.pauses = 0
  await rejects(read(), { code: 'chunk.missing' })
  equal(world.violation, undefined)
})

test('a reader who was passed by a sweep is no excuse for a point that is not whole', async () => {
  const { world, id } = await worldWithPoint()
  const before = deletionsBy(world)
  world.pauses++
  world.truth.deletedPacks++
  for (const name of world.disk.names('pack')) world.disk.lose(name)
  await rejects(
    orLeft(world, { id, before }, async () => missing()),
    { code: 'vault.leased' },
  )
  match(world.violation ?? '', /chunk.missing/)
})

function missing(): never {
  throw failure('chunk.missing', { chunk: '13' })
}

async function worldWithPoint(): Promise<{ readonly world: World; readonly id: string }> {
  const world = new World(
    { seed: 1, without: [], weather: calm, trace: undefined },
    () => undefined,
  )
  await world.createVault()
  const [machine] = world.machines
  if (machine === undefined) throw new Error('a world has machines')
  const life = world.startProcess(machine, { faults: 0, mayDie: false })
  let isDone = false
  const work = async (): Promise<void> => {
    await using ownership = await Ownership.take(life.vault, life.name, signal)
    await backUp(world, life, ownership)
    isDone = true
  }
  void work()
  await world.scheduler.run(
    () => isDone,
    () => false,
  )
  const [id = ''] = world.truth.points.keys()
  equal(world.violation, undefined)
  return { world, id }
}
