/** What the locks of some vaults are now, each asked of the vault itself. */
import { forEachLimited, isFailure } from '#base'
import type { VaultId } from '#contract'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultState } from '../../vault-host.ts'

export type LockView = {
  readonly state: VaultState['lock']
  /** The vault's own time (T-1). */
  readonly trustedNow: number
}

const askedAtOnce = 8

/** Without the vaults that cannot be reached now: their rows are listed all the same. */
export async function lockViewsOf(
  kernel: ServerKernel,
  vaultIds: readonly VaultId[],
  signal: AbortSignal,
): Promise<ReadonlyMap<VaultId, LockView>> {
  const views = new Map<VaultId, LockView>()
  await forEachLimited(vaultIds, askedAtOnce, async (vaultId) => {
    try {
      const { lock, trustedNow } = await kernel.vaults.state(vaultId, signal)
      views.set(vaultId, { state: lock, trustedNow })
    } catch (problem) {
      if (signal.aborted || !isFailure(problem)) throw problem
      kernel.log.warn({ vaultId, err: problem }, 'a vault does not say what its lock is')
    }
  })
  return views
}
