/** `holdfast stats`: what a vault holds. */
import type { ObjectKind } from '#engine'
import { statsOf } from '#jobs'
import type { ObjectReader } from '#ports'
import { loadIndex } from '#vault'
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
  const { perPoint, ...stats } = statsOf(index, view.points)
  const recordBytes = await weighRecords(vault.ports.store, signal)
  const { lock, trustedAt } = view.state
  const ratios = { ...stats, savingRatio: stats.savingRatio ?? null }
  output.event('stats', {
    ...ratios,
    deduplicationRatio: stats.deduplicationRatio ?? null,
    compressionRatio: stats.compressionRatio ?? null,
    recordBytes,
    lostPoints: view.lost.length,
    orphanPacks: orphans.length,
    lock,
    trustedAt,
  })
  for (const facts of perPoint) output.event('point', facts)
  const rows = [
    ['Points', `${formatCount(stats.points)}, protecting ${formatBytes(stats.protectedBytes)}`],
    [
      'Stored',
      `${formatBytes(stats.storedBytes)} in ${countOf(stats.packs, 'pack')}${times(stats.savingRatio, 'smaller')}`,
    ],
    [
      'Content',
      `${formatBytes(stats.dataBytes)} in ${countOf(stats.chunks, 'chunk')}${times(stats.deduplicationRatio, 'less by deduplication')}`,
    ],
    [
      'Trees',
      `${formatBytes(stats.treeBytes)}${times(stats.compressionRatio, 'less by compression, content and trees')}`,
    ],
    ['Records', `${formatBytes(recordBytes)} of points, index and ledger`],
    ['Offside', `${countOf(stats.packsOffside, 'pack')} to be deleted, missing or in quarantine`],
  ]
  for (const [name = '', text = ''] of rows) output.line(`${name.padEnd(8)} ${text}`)
  output.line(lockSentence(lock))
  return 0
}

function times(ratio: number | undefined, what: string): string {
  return ratio === undefined ? '' : ` (${ratio.toFixed(1)} times ${what})`
}

const recordKinds: readonly ObjectKind[] = ['point', 'index', 'ledger']

async function weighRecords(store: ObjectReader, signal: AbortSignal): Promise<number> {
  let bytes = 0
  for (const kind of recordKinds)
    for await (const entry of store.list(kind, signal)) bytes += entry.bytes
  return bytes
}
