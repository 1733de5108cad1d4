/**
 * Jobs that read beside those that write, each as the program does it: under a reader's lease, with a ledger, points and
 * an index of its own. What they must not do is see damage where points just expire and records just go.
 */
import {
  type ByteString,
  byteStringFromText,
  bytesOf,
  concatBytes,
  equalBytes,
  Failure,
  failure,
} from '#base'
import {
  type Cipher,
  chunkIdOf,
  ledgerName,
  type ObjectName,
  openBlock,
  type VaultKeys,
} from '#engine'
import {
  dumpArchive,
  isNothingToRepair,
  performRepair,
  performVerify,
  proposeRepair,
  readEverything,
} from '#jobs'
import { type ArchiveEntry, type ArchiveWriter, type BlockOpener, silentReporter } from '#ports'
import { ChunkReader, loadIndex, readLedger, readPoints, type Vault } from '#vault'
import { checkPoint } from './checks.ts'
import type { ModelFile, TreeState } from './tree-model.ts'
import { type Life, signal, type World } from './world.ts'

/** Takes a whole point out as an archive, and compares it with what was backed up. */
export async function readBack(world: World, life: Life): Promise<void> {
  const { vault } = life
  await using _ = await vault.ports.leases.acquire('reader', life.name, signal)
  const before = deletionsBy(world)
  const state = await readLedger(vault, signal)
  const { points, lost } = await readPoints(vault, state, signal)
  const [gone] = lost
  if (gone !== undefined && isUndisturbed(world))
    world.violate(`a reading calls ${gone.id.slice(0, 8)} lost: ${gone.problem}`)
  const { index } = await loadIndex(vault, state, signal)
  const known = world.random.pick(points)
  if (known === undefined) return
  const attempt = world.truth.attempts.get(known.point.tags[0] ?? '')
  if (attempt === undefined) return world.violate(`${known.id.slice(0, 8)} was never made`)
  const archive = new MemoryArchive()
  const ports = { reader: new ChunkReader(vault, index), archive, reporter: silentReporter }
  const request = { point: known.point, path: byteStringFromText('') }
  const { id } = known
  const { failures } = await orLeft(world, { id, before }, () =>
    dumpArchive(ports, request, signal),
  )
  const [failure] = failures
  if (failure !== undefined && (await isOvertaken(world, id, before))) return
  if (failure !== undefined) world.violate(`a reading leaves out ${failure.path}`)
  const difference = archive.differenceFrom(attempt.state)
  if (difference !== undefined) world.violate(`an archive of ${attempt.tag}: ${difference}`)
}

/** The lease that keeps a sweep from a reader was lost in a pause, and the point that he reads has expired: by right. */
export function isLeft(world: World, id: string): boolean {
  world.truth.audit()
  return world.pauses > 0 && !world.truth.points.has(id)
}

/** What was deleted, or about to be, when a reader was given his lease. */
export type Deletions = { readonly packs: number; readonly isUnderWay: boolean }

export function deletionsBy({ truth }: World): Deletions {
  truth.audit()
  return { packs: truth.deletedPacks, isUnderWay: truth.announced.size > 0 }
}

/**
 * A lease was lost in a pause, the sweep's or the reader's, and packs went while he read. He may miss what was copied out
 * of them, for his index is older; he must say so, and who begins now finds all of the point. A lease on a folder is the
 * kernel's and outlives every pause; this is the vault on a storage that forgets leases.
 */
export async function isOvertaken(world: World, id: string, before: Deletions): Promise<boolean> {
  const { packs } = deletionsBy(world)
  if (world.pauses === 0 || !(before.isUnderWay || packs > before.packs)) return false
  await world.scheduler.standStill(() => checkPoint(world, id))
  return true
}

/**
 * What is missing of a point that was left by right is told as if the point were gone; what a reader misses that was
 * overtaken by a sweep, as if the sweep had kept him out.
 */
export async function orLeft<T>(
  world: World,
  { id, before }: { readonly id: string; readonly before: Deletions },
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read()
  } catch (problem) {
    if (!(problem instanceof Failure)) throw problem
    if (isLeft(world, id)) throw failure('point.not-found', { point: id.slice(0, 8) }, problem)
    const isMissing = problem.code === 'chunk.missing' || problem.code === 'object.missing'
    if (!isMissing || !(await isOvertaken(world, id, before))) throw problem
    throw failure('vault.leased', { holder: 'a sweep', since: 'a pause' }, problem)
  }
}

/** Nothing is lost in a simulated vault but what no point needs, so a verification has nothing to complain of. */
export async function verifyVault(world: World, life: Life): Promise<void> {
  const { vault } = life
  const readData = world.random.chance(0.5) ? readEverything : undefined
  const ports = { vault, opener: openerOf(vault), reporter: silentReporter }
  const { problems } = await performVerify(ports, { holder: life.name, readData }, signal)
  // What is stolen while it runs is missed by right.
  const problem = problems.find(({ object }) => !world.stolen.has(object))
  if (problem === undefined || !isUndisturbed(world)) return
  world.violate(
    `a verification finds ${problem.what} ${problem.object.slice(0, 14)}: ${problem.detail}`,
  )
}

/**
 * Looks for what can be repaired, and repairs it. Here it may only take in what a job left behind when it died: nothing is
 * damaged that stays so. It removes nothing, and when it is through, there is nothing left to do (F16).
 */
export async function repairVault(world: World, life: Life): Promise<void> {
  const { vault } = life
  const ports = { vault, opener: openerOf(vault), reporter: silentReporter }
  const readData = world.random.chance(0.3) ? readEverything : undefined
  const request = { holder: life.name, readData }
  life.isRepairing = true
  try {
    const proposal = await proposeRepair(ports, request, signal)
    const { rebuildsLedger, heal, supersede, quarantine } = proposal
    const needless: ObjectName[] = [...heal, ...supersede, ...quarantine.map(({ pack }) => pack)]
    if (rebuildsLedger) needless.push(ledgerName(1))
    if (isUndisturbed(world) && needless.some((name) => !world.stolen.has(name)))
      world.violate(`a repair wants to put right what is whole: ${needless.join(' ')}`)
    await performRepair({ vault }, proposal, signal)
    const left = await proposeRepair(ports, request, signal)
    const isAlone = world.lives.every((other) => other === life || other.state === 'dead')
    if (isAlone && isUndisturbed(world) && world.thefts === 0 && !isNothingToRepair(left))
      world.violate(`a second repair still finds something: ${JSON.stringify(left)}`)
  } finally {
    life.isRepairing = false
  }
}

/** Wrong bytes and short lists are the storage's; and a lease that was lost in a pause keeps nobody from deleting. */
function isUndisturbed({ faultsFired, pauses }: World): boolean {
  return faultsFired + pauses === 0
}

export function openerOf({ ports: { cipher }, keys }: Vault): BlockOpener {
  return {
    check: async ({ blocks, bytes, object }) =>
      blocks.flatMap(({ kind, offset, length, ids, idBytes }, block) => {
        const sealed = bytes.subarray(offset, offset + length)
        const found = idsIn({ cipher, keys }, () =>
          openBlock(cipher, keys, { kind, sealed, object }),
        )
        const cut = found?.map((id) => id.subarray(0, idBytes))
        const isGood = cut !== undefined && equalBytes(concatBytes(cut), ids)
        return isGood ? [] : [{ block, problem: 'it is not what it was' }]
      }),
    digest: async (bytes) => cipher.digest(bytes),
    close: async () => undefined,
  }
}

/** Undefined when the block is damaged. */
function idsIn(
  { cipher, keys }: { readonly cipher: Cipher; readonly keys: VaultKeys },
  read: () => readonly Uint8Array[],
): Uint8Array[] | undefined {
  try {
    return read().map((chunk) => chunkIdOf(cipher, keys, chunk))
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem) return undefined
    throw problem
  }
}

type Taken = { readonly entry: ArchiveEntry; readonly content: Uint8Array }

class MemoryArchive implements ArchiveWriter {
  readonly keepsHardLinks = true
  readonly #taken = new Map<string, Taken>()

  findObstacle(): undefined {
    return undefined
  }

  async add(entry: ArchiveEntry, content: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const part of content) parts.push(part.slice())
    this.#taken.set(text(entry.path), { entry, content: concatBytes(parts) })
  }

  async finish(): Promise<void> {}

  differenceFrom(expected: TreeState): string | undefined {
    for (const [path, file] of expected) {
      const taken = this.#taken.get(path)
      if (taken === undefined) {
        // The root itself need not be an entry.
        if (path === '') continue
        return `${path} is missing`
      }
      const difference = differs(this.#contentOf(taken), taken.entry, file)
      if (difference !== undefined) return `${path} ${difference}`
    }
    const surplus = [...this.#taken.keys()].find((path) => !expected.has(path))
    return surplus === undefined ? undefined : `${surplus} should not exist`
  }

  /** Of a further name: that of the first. */
  #contentOf({ entry, content }: Taken): Uint8Array {
    const { hardLinkTo, linkTarget } = entry
    if (hardLinkTo !== undefined) return this.#taken.get(text(hardLinkTo))?.content ?? content
    return linkTarget === undefined ? content : bytesOf(linkTarget)
  }
}

function differs(content: Uint8Array, entry: ArchiveEntry, file: ModelFile): string | undefined {
  if (entry.kind !== file.kind) return `is a ${entry.kind}`
  if (entry.mode !== file.mode) return 'has another mode'
  if (entry.mtimeSec !== Math.floor(file.changedAtMs / 1000)) return 'has another time'
  return file.isTorn || equalBytes(content, file.content) ? undefined : 'has other bytes'
}

function text(path: ByteString): string {
  return new TextDecoder().decode(bytesOf(path))
}
