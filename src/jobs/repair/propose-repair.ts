/**
 * What a repair would do, as a value: a dry run prints it. It follows from a verification and never holds a deletion:
 * damaged packs go into quarantine, lost copies are made again, what can be derived is derived anew.
 */
import type { ObjectName } from '#engine'
import { objectName } from '#engine'
import type { BlockOpener, Reporter } from '#ports'
import type { LostPromises, Vault } from '#vault'
import type { VerifyReport } from '../verify/findings.ts'
import type { ReadShare } from '../verify/pack-share.ts'
import { type Examination, examine } from '../verify/verify.ts'
import { copiesToHeal } from './heal-copies.ts'

export type RepairPorts = {
  readonly vault: Vault
  readonly opener: BlockOpener
  readonly reporter: Reporter
}

export type RepairRequest = {
  readonly holder: string
  /** Which packs are read as a whole to see whether they are good; undefined: none. */
  readonly readData: ReadShare | undefined
}

export type RepairProposal = {
  readonly holder: string
  /** What was found, also what no repair can put right. */
  readonly report: VerifyReport
  /** The ledger cannot be read: it begins anew with every point that is left. */
  readonly rebuildsLedger: boolean
  /** What its lost entries may have promised, and so will stand in the new one. */
  readonly lostPromises: LostPromises | undefined
  /** Objects of which one of two copies is lost. */
  readonly heal: readonly ObjectName[]
  /** Segments of the index that are damaged: others will say what they said. */
  readonly supersede: readonly ObjectName[]
  /** Packs that no segment names. */
  readonly adopt: readonly ObjectName[]
  /** Packs that are no longer what their name says: never offered again, read where nothing else will do. */
  readonly quarantine: readonly { readonly pack: ObjectName; readonly why: string }[]
}

export async function proposeRepair(
  ports: RepairPorts,
  request: RepairRequest,
  signal: AbortSignal,
): Promise<RepairProposal> {
  const { vault } = ports
  await using _ = await vault.ports.leases.acquire('reader', request.holder, signal)
  const heal = await copiesToHeal(vault, signal)
  const examination = await examine(ports, request, signal)
  const { report, records, inspected } = examination
  return {
    holder: request.holder,
    report,
    rebuildsLedger: records.ledgerLost,
    lostPromises: records.lostPromises,
    heal,
    supersede: inspected.damagedSegments.map(({ name }) => name),
    adopt: inspected.unindexed
      .filter(({ name, pack }) => pack !== undefined && !records.state.condemned.has(name))
      .map(({ name }) => name),
    quarantine: packsToQuarantine(examination),
  }
}

export function isNothingToRepair(proposal: RepairProposal): boolean {
  const { rebuildsLedger, heal, supersede, adopt, quarantine } = proposal
  return !rebuildsLedger && [heal, supersede, adopt, quarantine].every((list) => list.length === 0)
}

function packsToQuarantine({
  losses,
  records,
  inspected,
}: Examination): RepairProposal['quarantine'] {
  const why = new Map<ObjectName, string>()
  const { index } = losses
  for (const [pack] of losses.blocksByPack())
    if (index.stateOf(pack) !== 'missing') why.set(pack.name, 'a block of it is damaged')
  for (const name of losses.packs.keys()) {
    const pack = index.pack(objectName('pack', name.slice('pack/'.length)))
    if (pack !== undefined && !why.has(pack.name)) why.set(pack.name, 'it is damaged')
  }
  for (const { name, pack, problem } of inspected.unindexed)
    if (pack !== undefined && problem !== undefined) why.set(name, 'its footer is damaged')
  return [...why]
    .filter(([pack]) => !records.state.quarantined.has(pack) && !records.state.condemned.has(pack))
    .map(([pack, reason]) => ({ pack, why: reason }))
}
