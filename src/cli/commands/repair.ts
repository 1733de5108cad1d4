/** `holdfast repair`: what verify found is set aside or derived anew; nothing is ever removed. */
import {
  isNothingToRepair,
  performRepair,
  proposeRepair,
  type RepairProposal,
  readEverything,
} from '#jobs'
import { countOf } from '../amounts.ts'
import type { Command, Context, Given } from '../command.ts'
import { holderOf, openChosenVault } from '../open-vault.ts'
import { printable } from '../printable.ts'
import { ProgressBar } from '../progress-bar.ts'
import { tellReport, tellSummary } from '../verify-words.ts'

export const repair: Command = {
  name: 'repair',
  summary: 'set damage aside, and derive anew what can be derived',
  about: [
    'Verifies the vault and tells what can be put right; with --apply it is done: damaged packs go into quarantine, so that the next backup stores again what the source still has; lost copies of records are made again; index and ledger are derived anew from what is there. It removes nothing, and a second run finds nothing to do.',
  ],
  arguments: [],
  options: [
    { flags: '--read-data', about: 'reads every byte, to find damage within packs' },
    { flags: '--apply', about: 'does it; without this it is only told' },
    { flags: '--dry-run', about: 'only tells what would be done (as without --apply)' },
  ],
  examples: [
    { line: 'holdfast repair', about: 'what it would do' },
    {
      line: 'holdfast repair --read-data --apply && holdfast backup /home',
      about: 'heals from the source',
    },
  ],
  exits: [10, 11, 12],
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, output, signal } = context
  await using opened = await openChosenVault(context)
  const { vault } = opened
  await using checker = await machine.openBlocks(vault)
  using progress = new ProgressBar(context)
  const ports = { vault, opener: checker.opener, reporter: progress }
  const readData = given.flag('readData') ? readEverything : undefined
  const holder = holderOf(context, 'repair')
  const proposal = await proposeRepair(ports, { holder, readData }, signal)
  progress[Symbol.dispose]()
  tellReport(context, proposal.report)
  tellSummary(context, proposal.report, progress.elapsedMs)
  if (isNothingToRepair(proposal)) {
    output.event('repaired', { nothing: true })
    output.note('There is nothing that a repair can put right.')
    return 0
  }
  const dryRun = !given.flag('apply') || given.flag('dryRun')
  tellProposal(context, proposal, dryRun)
  if (dryRun) {
    output.note('Nothing was changed. Add --apply to do it.')
    return 0
  }
  const outcome = await performRepair({ vault }, proposal, signal)
  const { healed, adopted, superseded, quarantined, rebuiltPoints } = outcome
  output.event('repaired', {
    healed,
    adopted,
    superseded,
    quarantined,
    rebuiltPoints: rebuiltPoints ?? null,
  })
  output.note(
    'Done. Run `holdfast verify` to see what is left, and a backup to heal from the source.',
  )
  return 0
}

function tellProposal({ output }: Context, proposal: RepairProposal, dryRun: boolean): void {
  const { rebuildsLedger, lostPromises, heal, supersede, adopt, quarantine } = proposal
  output.event('proposal', {
    rebuildsLedger,
    lostPromises: lostPromises ?? null,
    heal,
    supersede,
    adopt,
    quarantine,
    dryRun,
  })
  const would = dryRun ? 'would be ' : ''
  if (rebuildsLedger) output.line(`The ledger ${would}begun anew from the points that are there.`)
  if (lostPromises?.onLock)
    output.line(
      `No remaining entry says what lock the lost ones set: it ${dryRun ? 'would be' : 'is now'} the strictest, compliance, which cannot be taken off.`,
    )
  if (lostPromises?.onPoints)
    output.line(
      `Which points the lost entries held or extended cannot be known: all ${dryRun ? 'would be' : 'are'} held until somebody releases them.`,
    )
  if (heal.length > 0) output.line(`${countOf(heal.length, 'copy', 'copies')} ${would}made again.`)
  if (supersede.length + adopt.length > 0)
    output.line(
      `The index ${would}derived anew: ${countOf(supersede.length, 'damaged segment')}, ${countOf(adopt.length, 'pack')} to adopt.`,
    )
  for (const { pack, why } of quarantine)
    output.line(`${would}set aside: ${pack} (${printable(why)})`)
}
