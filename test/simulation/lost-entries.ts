/**
 * The newest entries of the ledger vanish, both copies, as in a folder that is put back or on a disk that lied. Where the
 * record of a point proves it, nobody may go on from what is left; a repair brings back every point and every promise.
 */
import { isFailure } from '#base'
import { describeLostEntries, type LedgerState } from '#engine'
import { performRepair, proposeRepair } from '#jobs'
import { silentReporter } from '#ports'
import { Ownership } from '#vault'
import { openerOf } from './reading-jobs.ts'
import { type Life, signal, type World } from './world.ts'

export async function repairLostEntries(world: World, life: Life): Promise<void> {
  const { truth, disk, thefts } = world
  // What no point needs may have been stolen from a point that nobody finished; it comes back without it.
  if (thefts > 0) return
  const last = world.random.pick(truth.provableCuts((state) => isProven(world, state)))
  if (last === undefined) return
  const gone = truth.cutAfter(last)
  world.note(`the ${gone.length} entries after ${last} vanish`)
  for (const name of gone) disk.lose(name)
  await assertRefused(world, life)
  if (world.violation !== undefined) return
  const ports = { vault: life.vault, opener: openerOf(life.vault), reporter: silentReporter }
  const request = { holder: life.name, readData: undefined }
  life.isRepairing = true
  const proposal = await proposeRepair(ports, request, signal)
  if (!proposal.rebuildsLedger) world.violate('a repair does not see that entries are lost')
  await performRepair(ports, proposal, signal)
  life.isRepairing = false
  truth.audit()
}

function isProven({ disk, truth }: World, state: LedgerState): boolean {
  return disk.names('point').some((name) => {
    const id = name.slice('point/'.length)
    const point = state.points.has(id) ? undefined : truth.view.point(id)
    return point !== undefined && describeLostEntries(point, state) !== undefined
  })
}

async function assertRefused(world: World, life: Life): Promise<void> {
  try {
    await using ownership = await Ownership.take(life.vault, life.name, signal)
    world.violate(`entry ${ownership.state.number} is written over entries that are lost`)
  } catch (problem) {
    if (!isFailure(problem, 'vault.reverted')) throw problem
  }
}
