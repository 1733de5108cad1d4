/**
 * Carries out a repair. Nothing is removed, whatever is found: damage is set aside, never thrown away, since what looks
 * broken to one version may be read by the next (borg issue 3444). Every step may be repeated; a second run finds nothing
 * to do.
 */
import type { ObjectName } from '#engine'
import { Ownership, rebuildIndex, rebuildLedger } from '#vault'
import { healCopy } from './heal-copies.ts'
import { isNothingToRepair, type RepairPorts, type RepairProposal } from './propose-repair.ts'

export type RepairOutcome = {
  /** Points that live in the ledger that was begun anew; undefined when the old one stands. */
  readonly rebuiltPoints: number | undefined
  readonly healed: readonly ObjectName[]
  readonly adopted: readonly ObjectName[]
  readonly superseded: readonly ObjectName[]
  readonly quarantined: readonly ObjectName[]
}

export async function performRepair(
  { vault }: Pick<RepairPorts, 'vault'>,
  proposal: RepairProposal,
  signal: AbortSignal,
): Promise<RepairOutcome> {
  if (isNothingToRepair(proposal)) return nothingDone
  const healed: ObjectName[] = []
  for (const name of proposal.heal) if (await healCopy(vault, name, signal)) healed.push(name)
  const salvage = proposal.rebuildsLedger
    ? await rebuildLedger(vault, proposal.holder, signal)
    : undefined
  const rebuiltPoints = salvage?.state.points.size
  const { supersede, adopt, quarantine } = proposal
  if (supersede.length + adopt.length + quarantine.length === 0)
    return { ...nothingDone, healed, rebuiltPoints }
  await using ownership = await Ownership.take(vault, proposal.holder, signal)
  const { adopted, walked, superseded } = await rebuildIndex(ownership, signal)
  const damaged = new Set([...quarantine.map(({ pack }) => pack), ...walked])
  const quarantined = [...damaged].filter((pack) => !ownership.state.quarantined.has(pack))
  if (quarantined.length > 0) {
    const reasons = new Set(quarantine.map(({ why }) => why))
    const reason = [...reasons].join('; ') || 'its footer is damaged'
    await ownership.append({ kind: 'quarantine', packs: quarantined, reason }, signal)
  }
  return { rebuiltPoints, healed, adopted, superseded, quarantined }
}

const nothingDone: RepairOutcome = {
  rebuiltPoints: undefined,
  healed: [],
  adopted: [],
  superseded: [],
  quarantined: [],
}
