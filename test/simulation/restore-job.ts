/**
 * Restores beside all that goes on, as the program does them: into a folder of the source that was backed up, over what an
 * earlier restore, whole or killed half way, left there. At any time what has its final name is whole (F6).
 */
import { byteStringFromText, bytesOf, equalBytes } from '#base'
import { performRestore } from '#jobs'
import { silentReporter } from '#ports'
import { ChunkReader, loadIndex, readLedger, readPoints } from '#vault'
import { MemoryTarget, type TargetFolder, type TargetNode } from './memory-target.ts'
import { deletionsBy, isLeft, isOvertaken, orLeft } from './reading-jobs.ts'
import type { ModelFile, TreeState } from './tree-model.ts'
import { type Life, signal, type World } from './world.ts'

/** Where the points of one source are restored to. */
export type RestoreFolder = {
  readonly folder: TargetFolder
  /** What was restored into it, or begun to be. */
  readonly states: TreeState[]
  /** Who restores into it now. */
  user: Life | undefined
}

const emptiedShare = 0.4

export async function restorePoint(world: World, life: Life): Promise<void> {
  const { vault } = life
  await using _ = await vault.ports.leases.acquire('reader', life.name, signal)
  const before = deletionsBy(world)
  const state = await readLedger(vault, signal)
  const { points } = await readPoints(vault, state, signal)
  const theftsBefore = world.thefts
  const { index } = await loadIndex(vault, state, signal)
  const known = world.random.pick(points)
  const attempt = world.truth.attempts.get(known?.point.tags[0] ?? '')
  if (known === undefined || attempt === undefined) return
  const place = world.folders[attempt.source]
  if (place === undefined || (place.user !== undefined && place.user.state !== 'dead')) return
  place.user = life
  if (world.random.chance(emptiedShare)) {
    place.folder.clear()
    place.states.length = 0
  }
  const isFresh = place.folder.size === 0
  place.states.push(attempt.state)
  const { cipher } = vault.ports
  const turn = () => world.scheduler.turn(life)
  try {
    const target = new MemoryTarget({ folder: place.folder, cipher, keys: vault.keys, turn })
    const restoring = performRestore(
      { reader: new ChunkReader(vault, index), target, reporter: silentReporter },
      {
        point: known,
        selection: { kind: 'all' },
        destination: { kind: 'directory', path: byteStringFromText('/restored') },
        onConflict: 'overwrite',
        // A file that was torn may look as another state of it does.
        verifyExisting: world.weather.disturbances > 0 || world.random.chance(0.5),
        fidelity: 'full',
        dryRun: false,
      },
      signal,
    )
    const { id } = known
    const outcome = await orLeft(world, { id, before }, () => restoring)
    checkWholeFiles(world)
    const [failure] = outcome.failures
    // A pack that was there when the index was loaded and is stolen since fails what was to be taken from it, by name.
    const isExcused =
      world.faultsFired > 0 || world.thefts > theftsBefore || isLeft(world, known.id)
    if (isExcused && failure !== undefined) return
    if (failure !== undefined && (await isOvertaken(world, id, before))) return
    if (failure !== undefined)
      world.violate(`a restore of ${attempt.tag} fails ${failure.path}: ${failure.detail}`)
    const difference = differenceOf(place.folder, attempt.state, isFresh)
    if (difference !== undefined) world.violate(`a restore of ${attempt.tag}: ${difference}`)
  } finally {
    place.user = undefined
  }
}

/** Of files with their final names: each is what some point that was restored here says. */
export function checkWholeFiles(world: World): void {
  for (const { folder, states } of world.folders) {
    for (const [path, node] of folder) {
      if (node.kind !== 'file') continue
      const isWhole = states.some((state) => {
        const file = state.get(textOf(path))
        return file !== undefined && (file.isTorn || equalBytes(file.content, node.content))
      })
      if (!isWhole) world.violate(`${path} is restored under its name, and is not whole`)
    }
  }
}

/** @param isFresh nothing stood there before: a name that looks as it should is left, also when it is a file of its own */
function differenceOf(
  folder: TargetFolder,
  expected: TreeState,
  isFresh: boolean,
): string | undefined {
  const inodes = new Map<number, TargetNode>()
  for (const [path, file] of expected) {
    const node = folder.get(byteStringFromText(path))
    // The folder itself was there before.
    if (path === '') continue
    if (node === undefined) return `${path} is missing`
    const difference = differs(node, file)
    if (difference !== undefined) return `${path} ${difference}`
    if (!isFresh || file.nlink === 1) continue
    const other = inodes.get(file.ino)
    if (other !== undefined && other !== node) return `${path} is a file of its own`
    inodes.set(file.ino, node)
  }
  return undefined
}

function differs(node: TargetNode, file: ModelFile): string | undefined {
  if (node.kind !== file.kind) return `is a ${node.kind}`
  if (node.mode !== file.mode) return 'has another mode'
  if (node.mtimeSec !== Math.floor(file.changedAtMs / 1000)) return 'has another time'
  return file.isTorn || equalBytes(node.content, file.content) ? undefined : 'has other bytes'
}

function textOf(path: Parameters<typeof bytesOf>[0]): string {
  return new TextDecoder().decode(bytesOf(path))
}
