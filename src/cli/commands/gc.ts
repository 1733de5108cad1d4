/** `holdfast gc`: frees the space of what no point needs. */
import { failure } from '#base'
import type { SealedBlock } from '#engine'
import { deadShareDefault, type GarbageRequest, performGarbage, proposeGarbage } from '#jobs'
import type { BlockRecoder } from '#ports'
import type { CollectionOutcome, CollectionProposal, Vault } from '#vault'
import { countOf, formatBytes, parseDuration } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { type FreeingJob, keepReserve, withReserve } from '../free-space.ts'
import type { Machine, OpenBlocks } from '../machine.ts'
import { ownVault } from '../own-vault.ts'
import { ProgressBar } from '../progress-bar.ts'

export const gc: Command = {
  name: 'gc',
  summary: 'free the space of what no point needs',
  about: [
    'Finds the packs that no backup point needs, copies what is still needed out of partly needed ones, and deletes the rest. It deletes nothing while somebody reads the vault, and nothing about which there is any doubt. It can be interrupted at any time; the next run goes on.',
  ],
  arguments: [],
  options: [
    {
      flags: '--grace <time>',
      about:
        'packs wait so long before they are deleted (default: what init set: none without a lock, 72h with one)',
    },
    {
      flags: '--min-dead <percent>',
      about: `packs with at least this part unneeded are rewritten (default ${deadShareDefault * 100})`,
    },
    { flags: '--dry-run', about: 'only tells what would be done' },
  ],
  examples: [
    { line: 'holdfast gc --dry-run', about: 'how much could be freed' },
    { line: 'holdfast gc --min-dead 25', about: 'rewrites less, frees less' },
  ],
  exits: [10, 11, 12],
  run: (context, given) => withReserve(context, (mode) => run(context, given, mode)),
}

/** More than any share. */
const nothingRewritten = Number.POSITIVE_INFINITY

async function run(
  context: Context,
  given: Given,
  mode: Parameters<FreeingJob>[0],
): Promise<number> {
  const { signal } = context
  const grace = given.text('grace')
  const wanted = grace === undefined ? undefined : readGrace(grace)
  const isFrugal = mode === 'frugal'
  const deadShareMin = isFrugal ? nothingRewritten : readShare(given)
  const isDry = given.flag('dryRun')
  await using owned = await ownVault(context, 'gc', isDry ? 'rehearsal' : 'for-real')
  const graceMs = wanted ?? owned.opened.config.gcGraceMs
  await using threads = new ThreadsWhenNeeded(context.machine, owned.ownership.vault)
  const request: GarbageRequest = { graceMs, deadShareMin, recoder: threads }
  using progress = new ProgressBar(context)
  if (isDry) {
    const proposal = await proposeGarbage(owned.ownership, request, signal)
    tellProposal(context, proposal)
    return 0
  }
  const outcome = await performGarbage(owned.ownership, request, progress, signal)
  progress[Symbol.dispose]()
  tellOutcome(context, outcome)
  await keepReserve(context, owned.opened.folder)
  if (isFrugal)
    context.output.notice('No pack was rewritten, for lack of space; the next gc does it.')
  return 0
}

/** Worker threads, started only when a block must be copied: most runs have nothing to copy. */
class ThreadsWhenNeeded implements BlockRecoder, AsyncDisposable {
  readonly #open: () => Promise<OpenBlocks>
  #opened: Promise<OpenBlocks> | undefined

  constructor(machine: Machine, vault: Vault) {
    this.#open = () => machine.openBlocks(vault)
  }

  async recode(...given: Parameters<BlockRecoder['recode']>): Promise<SealedBlock> {
    return await (await this.#threads()).recoder.recode(...given)
  }

  async authenticate(...given: Parameters<BlockRecoder['authenticate']>): Promise<Uint8Array> {
    return await (await this.#threads()).recoder.authenticate(...given)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opened)?.[Symbol.asyncDispose]()
  }

  #threads(): Promise<OpenBlocks> {
    this.#opened ??= this.#open()
    return this.#opened
  }
}

function tellProposal({ output }: Context, proposal: CollectionProposal): void {
  const { dead, repack, freedBytes, keptBytes } = proposal
  output.event('proposal', {
    deadPacks: dead.length,
    repackedPacks: repack.length,
    freedBytes,
    keptBytes,
    dryRun: true,
  })
  output.line(`Would delete ${countOf(dead.length, 'pack')} and rewrite ${repack.length}.`)
  output.line(`Would free about ${formatBytes(freedBytes)}; ${formatBytes(keptBytes)} stay.`)
}

function tellOutcome({ output }: Context, outcome: CollectionOutcome): void {
  const { proposal, swept, removedRecords } = outcome
  const waiting: Record<string, number> = {}
  for (const { why } of swept.waiting) waiting[why] = (waiting[why] ?? 0) + 1
  output.event('summary', {
    deletedPacks: swept.deleted,
    deletedBytes: swept.deletedBytes,
    repackedPacks: proposal.repack.length,
    resurrectedPacks: swept.resurrected,
    removedRecords,
    keptBytes: proposal.keptBytes,
    waiting,
  })
  output.note(
    `Deleted ${countOf(swept.deleted, 'pack')}: ${formatBytes(swept.deletedBytes)} freed; ${countOf(proposal.repack.length, 'pack')} rewritten.`,
  )
  for (const [why, count] of Object.entries(waiting))
    output.note(`${countOf(count, 'pack')} wait${count === 1 ? 's' : ''}: ${why}.`)
}

function readGrace(text: string): number {
  const graceMs = parseDuration(text, '--grace')
  if (graceMs !== undefined) return graceMs
  throw failure('usage.invalid', { problem: '--grace cannot be forever' })
}

function readShare(given: Given): number {
  const text = given.text('minDead')
  if (text === undefined) return deadShareDefault
  const percent = Number(text.replace(/%$/, ''))
  if (text !== '' && percent >= 0 && percent <= 100) return percent / 100
  throw failure('usage.invalid', { problem: '--min-dead takes a percentage from 0 to 100' })
}
