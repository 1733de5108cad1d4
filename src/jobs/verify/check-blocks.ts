/**
 * Reads every byte of packs: blocks come in long stretches, one after another as they lie, and are opened, decompressed
 * and hashed on other threads while the next are read. What this thread does for a block is bookkeeping, so the speed is
 * that of the threads.
 */
import { concatBytes, equalBytes, failure } from '#base'
import { type IndexedPack, idPrefixBytes, type ObjectName, type PackedBlock } from '#engine'
import type { BlockCheck, BlockFinding, BlockOpener } from '#ports'
import { type ChunkIndex, type PackFacts, readFooter, toIndexedPack, type Vault } from '#vault'
import type { Findings } from './findings.ts'
import type { Losses } from './losses.ts'
import type { SecondAttempt } from './second-attempt.ts'

export type BlockTools = {
  readonly vault: Vault
  readonly opener: BlockOpener
  readonly findings: Findings
  readonly second: SecondAttempt
  readonly losses: Losses
  readonly onBytes: (bytes: number) => void
}

/** A stretch is read at once and checked by one thread. */
const runBytesMax = 2 * 1024 * 1024
/** Stretches that are read or checked at a time: every thread has its next one at hand. */
const runsAtOnceMax = 6

/** One block with what it must hold. */
type ExpectedBlock = BlockCheck & { readonly number: number }

export async function checkBlocks(
  tools: BlockTools,
  packs: Iterable<PackFacts>,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  let problem: { readonly error: unknown } | undefined
  for (const pack of packs) {
    for (const run of cutRuns(await expectedBlocks(tools, pack, signal))) {
      const step: Promise<void> = checkRun(tools, { pack, run }, signal)
        .catch((error: unknown) => {
          problem ??= { error }
        })
        .finally(() => underWay.delete(step))
      underWay.add(step)
      if (underWay.size >= runsAtOnceMax) await Promise.race(underWay)
      if (problem !== undefined) break
    }
    if (problem !== undefined) break
  }
  await Promise.all(underWay)
  if (problem !== undefined) throw problem.error
}

/** From the footer of the pack, which has the whole ids; from the index where the footer cannot be read. */
async function expectedBlocks(
  { vault, second, losses, findings }: BlockTools,
  pack: PackFacts,
  signal: AbortSignal,
): Promise<ExpectedBlock[]> {
  const indexed = losses.index.describePack(pack)
  const footer = await second.run(pack.name, () => readFooter(vault, pack, signal), signal)
  if (!footer.ok) {
    losses.addPack(pack.name, footer.problem.message)
    return fromIndex(losses.index, pack, indexed)
  }
  if (!isSamePack(toIndexedPack(pack, footer.value), indexed)) {
    const detail = 'the index says something else of it than its own footer'
    findings.add({ object: pack.name, what: 'contradicts', detail })
    return fromIndex(losses.index, pack, indexed)
  }
  return footer.value.map((block, i) => fromFooter(block, pack.firstBlock + i))
}

function fromFooter(
  { kind, offset, storedBytes, ids }: PackedBlock,
  number: number,
): ExpectedBlock {
  return { number, kind, offset, length: storedBytes, ids: concatBytes(ids), idBytes: 32 }
}

function fromIndex(index: ChunkIndex, pack: PackFacts, indexed: IndexedPack): ExpectedBlock[] {
  return indexed.blocks.flatMap(({ kind, storedBytes, prefixes }, i) => {
    const number = pack.firstBlock + i
    const { offset } = index.block(number)
    // A stretch that a walk through the pack could not read stands as a block that holds nothing.
    if (prefixes.length === 0) return []
    return [{ number, kind, offset, length: storedBytes, ids: prefixes, idBytes: idPrefixBytes }]
  })
}

function isSamePack(a: IndexedPack, b: IndexedPack): boolean {
  if (a.blocks.length !== b.blocks.length) return false
  return a.blocks.every((block, i) => {
    const other = b.blocks[i]
    return (
      other !== undefined &&
      block.kind === other.kind &&
      block.storedBytes === other.storedBytes &&
      block.rawBytes === other.rawBytes &&
      equalBytes(block.prefixes, other.prefixes)
    )
  })
}

function* cutRuns(blocks: readonly ExpectedBlock[]): Iterable<readonly ExpectedBlock[]> {
  let run: ExpectedBlock[] = []
  let end = 0
  let bytes = 0
  for (const block of blocks) {
    if (run.length > 0 && (block.offset !== end || bytes + block.length > runBytesMax)) {
      yield run
      run = []
      bytes = 0
    }
    run.push(block)
    bytes += block.length
    end = block.offset + block.length
  }
  if (run.length > 0) yield run
}

type PackRun = { readonly pack: PackFacts; readonly run: readonly ExpectedBlock[] }

/** What is wrong in a stretch is looked at once more, block by block: the last attempt decides. */
async function checkRun(
  tools: BlockTools,
  { pack, run }: PackRun,
  signal: AbortSignal,
): Promise<void> {
  const first = await tools.second.run(
    pack.name,
    () => readAndCheck(tools, { pack, run }, signal),
    signal,
  )
  const suspects = first.ok
    ? first.value.flatMap(({ block, problem }) => {
        const expected = run[block]
        return expected === undefined ? [] : [{ expected, problem }]
      })
    : run.map((expected) => ({ expected, problem: first.problem.message }))
  for (const { expected, problem } of suspects) {
    const again = await tools.second.run(
      pack.name,
      () => readAndCheck(tools, { pack, run: [expected] }, signal),
      signal,
    )
    if (!again.ok) tools.losses.addBlock(expected.number, again.problem.message)
    else if (again.value[0] !== undefined)
      tools.losses.addBlock(expected.number, again.value[0].problem)
    else if (first.ok) tools.findings.healed(pack.name, problem)
  }
  tools.onBytes(run.reduce((sum, { length }) => sum + length, 0))
}

async function readAndCheck(
  { vault, opener }: BlockTools,
  { pack, run }: PackRun,
  signal: AbortSignal,
): Promise<readonly BlockFinding[]> {
  const offset = run[0]?.offset ?? 0
  const length = run.reduce((sum, block) => sum + block.length, 0)
  const bytes = await vault.ports.store.find(pack.name, { offset, length }, signal)
  if (bytes === undefined) throw failure('object.missing', { object: pack.name })
  const blocks = run.map((block) => ({ ...block, offset: block.offset - offset }))
  return await opener.check({ bytes, blocks, object: pack.name }, signal)
}

/** Packs in the order of their names, which tells nothing of their age, so a share of them is a fair sample. */
export function inNameOrder(packs: readonly PackFacts[]): PackFacts[] {
  return packs.toSorted((a, b) => compareNames(a.name, b.name))
}

function compareNames(a: ObjectName, b: ObjectName): number {
  return a < b ? -1 : a > b ? 1 : 0
}
