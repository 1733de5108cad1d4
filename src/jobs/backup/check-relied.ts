/**
 * Opens what a session relies on and has not made itself: a backup that is to trust nothing must not name content that
 * rotted since it was stored. Who finds damage takes the pack out of use, and the backup stores what it held anew.
 */
import { concatBytes, failure, forEachLimited, isFailure } from '#base'
import { idPrefixBytes } from '#engine'
import type { BlockOpener, Reporter } from '#ports'
import type { BlockLocation, Session } from '#vault'

const blocksAtOnceMax = 6
/** What fails is read once more: a cable that shook is no damage. */
const triesMax = 2

export type Reliance = {
  readonly session: Session
  readonly opener: BlockOpener
}

type RelianceTools = Reliance & { readonly reporter: Reporter }

/**
 * @returns how many packs were taken out of use; what was found in them must be stored again then
 * @throws object.missing when a pack has gone meanwhile: the next job knows that
 */
export async function checkRelied(tools: RelianceTools, signal: AbortSignal): Promise<number> {
  const { session, reporter } = tools
  const blocks = session
    .takeRelied()
    .map((number) => session.index.block(number))
    .sort((a, b) => a.pack.number - b.pack.number || a.offset - b.offset)
  const bytesTotal = blocks.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
  let bytesDone = 0
  const bad = new Set<number>()
  await forEachLimited(blocks, blocksAtOnceMax, async (block) => {
    if (!bad.has(block.pack.number)) {
      const problem = await problemOf(tools, block, signal)
      if (problem !== undefined) {
        bad.add(block.pack.number)
        session.forsake(block.pack, problem)
      }
    }
    bytesDone += block.storedBytes
    const files = { filesDone: 0, filesTotal: undefined, path: undefined }
    reporter.progress({ phase: 'verify', ...files, bytesDone, bytesTotal, storedBytes: bytesDone })
  })
  return bad.size
}

async function problemOf(
  tools: RelianceTools,
  block: BlockLocation,
  signal: AbortSignal,
): Promise<string | undefined> {
  let problem: string | undefined
  for (let tries = 0; tries < triesMax; tries++) {
    problem = await openOnce(tools, block, signal)
    if (problem === undefined) return undefined
  }
  return problem
}

async function openOnce(
  { session, opener }: RelianceTools,
  { block, pack, kind, offset, storedBytes }: BlockLocation,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { index, ownership } = session
  const { first, count } = index.entriesOf(block)
  const prefixes = Array.from({ length: count }, (_, i) => index.prefixOf(first + i))
  const check = { kind, offset: 0, length: storedBytes, ids: concatBytes(prefixes) }
  try {
    const range = { offset, length: storedBytes }
    const bytes = await ownership.vault.ports.store.find(pack.name, range, signal)
    if (bytes === undefined) throw failure('object.missing', { object: pack.name })
    const blocks = [{ ...check, idBytes: idPrefixBytes }]
    const [finding] = await opener.check({ bytes, blocks, object: pack.name }, signal)
    return finding?.problem
  } catch (problem) {
    if (isFailure(problem, 'object.damaged')) return problem.message
    throw problem
  }
}
