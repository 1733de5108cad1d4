/**
 * Somebody with access to the storage deletes packs by hand, or a disk loses them. Only such packs go as no point needs,
 * or as others hold the content of: the vault must notice and lose nothing. What no vault can withstand is left out:
 * a loss between the last look at a pack and the step that rests on it.
 */
import type { ObjectName } from '#engine'
import type { World } from './world.ts'

export function stealPack(world: World): void {
  if (world.lives.some(({ isSweeping, state }) => isSweeping && state !== 'dead')) return
  const { truth, disk, lives } = world
  truth.audit()
  const asked = new Set(
    lives.filter(({ state }) => state !== 'dead').flatMap((life) => [...life.asked]),
  )
  const free = disk.names('pack').filter((name) => !asked.has(name) && isSpare(world, name))
  // Copies of what is needed are the better prey.
  const copies = free.filter((name) => holdsNeeded(world, name))
  const name = world.random.pick(copies.length > 0 ? copies : free)
  if (name === undefined) return
  world.thefts++
  world.stolen.add(name)
  world.note(`${name.slice(0, 13)} is stolen`)
  disk.lose(name)
}

/** Whatever any point ever needed of it is in another pack, of which the index speaks and whose deletion is not announced. */
function isSpare({ truth, disk }: World, name: ObjectName): boolean {
  const alone = new Set<string>()
  for (const chunk of truth.view.chunksIn(name)) if (truth.everNeeded.has(chunk)) alone.add(chunk)
  const indexed = truth.view.indexedPacks()
  for (const other of disk.names('pack')) {
    if (other === name || truth.announced.has(other) || !indexed.has(other)) continue
    for (const chunk of truth.view.chunksIn(other)) alone.delete(chunk)
  }
  return alone.size === 0
}

function holdsNeeded({ truth }: World, name: ObjectName): boolean {
  for (const chunk of truth.view.chunksIn(name)) if (truth.everNeeded.has(chunk)) return true
  return false
}
