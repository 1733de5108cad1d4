/** Jobs that free space work on a full disk too: the vault keeps a reserve that they may use up. */
import { failure, isFailure } from '#base'
import type { Context } from './command.ts'
import type { VaultFolder } from './machine.ts'
import { chooseVault } from './open-vault.ts'

/** `frugal`: the disk is full, so nothing is written that can wait. */
export type FreeingJob = (mode: 'usual' | 'frugal') => Promise<number>

/** @throws storage.full-for-good when the reserve does not help */
export async function withReserve(context: Context, job: FreeingJob): Promise<number> {
  try {
    return await job('usual')
  } catch (problem) {
    if (!isFailure(problem, 'storage.full')) throw problem
  }
  await spendReserve(context)
  try {
    return await job('frugal')
  } catch (problem) {
    if (!isFailure(problem, 'storage.full')) throw problem
    throw failure('storage.full-for-good', problem.context, problem)
  }
}

/** The job itself has succeeded by now; a vault without a reserve is as good as any until its disk is full. */
export async function keepReserve({ output }: Context, folder: VaultFolder): Promise<void> {
  try {
    await folder.reserve.keep()
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    output.warning(`The vault has no reserve of space: ${problem.message}`)
  }
}

async function spendReserve(context: Context): Promise<void> {
  const { path } = await chooseVault(context)
  const folder = await context.machine.openVaultFolder(path, 'existing')
  try {
    if (await folder.reserve.spend())
      context.output.notice('The disk is full: the vault gives up its reserve for this.')
  } finally {
    await folder.close()
  }
}
