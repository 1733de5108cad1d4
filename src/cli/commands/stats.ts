/** `holdfast stats`: what a vault holds. */
import type { ObjectKind } from '#engine'
import { type ChunkIndex, loadIndex } from '#vault'
import { countOf, formatBytes, formatCount } from '../amounts.ts'
import type { Command, Context } from '../command.ts'
import { lockSentence } from '../lock-words.ts'
import { viewVault } from '../vault-view.ts'

export const stats: Command = {
  name: 'stats',
  summary: 'what a vault holds, and how much space it takes',
  about: [
    'Counts points, packs and chunks. "Protected" adds up all points as if each were stored by itself; "stored" is what the packs take on the disk.',
  ],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast stats', about: 'sizes, and how much deduplication saves' }],
  exits: [10, 12],
  run,
}

async function run(context: Context): Promise<number> {
  const { output, signal } = context
  await using view = await viewVault(context)
  const { vault } = view.opened
  const { index, orphans } = await loadIndex(vault, view.state, signal)
  const facts = weigh(index)
  const recordBytes = await weighRecords(vault.ports.store, signal)
  const protectedBytes = view.points.reduce((sum, p) => sum + p.point.summary.sourceBytes, 0)
  output.event('stats', {
    points: view.points.length,
    lostPoints: view.lost.length,
    protectedBytes,
    ...facts,
    recordBytes,
    orphanPacks: orphans.length,
    lock: view.state.lock,
    trustedAt: view.state.trustedAt,
  })
  const ratio =
    facts.packBytes === 0 ? '' : ` (${(protectedBytes / facts.packBytes).toFixed(1)} : 1)`
  const { live, condemned, missing, quarantined } = facts.packs
  output.line(
    `Points      ${formatCount(view.points.length)}, protecting ${formatBytes(protectedBytes)}`,
  )
  output.line(
    `Stored      ${formatBytes(facts.packBytes)} in ${countOf(index.packs.length, 'pack')}${ratio}`,
  )
  output.line(
    `Content     ${formatBytes(facts.rawDataBytes)} in ${countOf(facts.chunks, 'chunk')}, before compression`,
  )
  output.line(`Trees       ${formatBytes(facts.rawTreeBytes)}, before compression`)
  output.line(`Records     ${formatBytes(recordBytes)} (points, index, ledger)`)
  output.line(
    `Packs       ${live} in use, ${condemned} to be deleted, ${missing} missing, ${quarantined} in quarantine`,
  )
  output.line(lockSentence(view.state.lock))
  return 0
}

function weigh(index: ChunkIndex) {
  const packs = { live: 0, condemned: 0, missing: 0, quarantined: 0 }
  let packBytes = 0
  let rawDataBytes = 0
  let rawTreeBytes = 0
  for (const pack of index.packs) {
    packs[index.stateOf(pack)]++
    packBytes += pack.bytes
    for (let block = pack.firstBlock; block < pack.firstBlock + pack.blockCount; block++) {
      const { kind, rawBytes } = index.block(block)
      if (kind === 'data') rawDataBytes += rawBytes
      else rawTreeBytes += rawBytes
    }
  }
  return { packs, packBytes, rawDataBytes, rawTreeBytes, chunks: index.entryCount }
}

const recordKinds: readonly ObjectKind[] = ['point', 'index', 'ledger']

async function weighRecords(
  store: { list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<{ readonly bytes: number }> },
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0
  for (const kind of recordKinds)
    for await (const entry of store.list(kind, signal)) bytes += entry.bytes
  return bytes
}
