/** Opens the vault to change it: as its owner, one process at a time. */
import { Ownership, readPoints } from '#vault'
import type { Context } from './command.ts'
import { holderOf, type OpenedVault, openChosenVault } from './open-vault.ts'
import { rehearsalOf } from './rehearsal-store.ts'
import type { VaultView } from './vault-view.ts'

export type OwnedVault = AsyncDisposable & {
  readonly opened: OpenedVault
  readonly ownership: Ownership
}

/**
 * @param verb what the one who finds the vault taken is told
 * @param mode `rehearsal`: nothing of what is written is kept, and nobody is kept out
 */
export async function ownVault(
  context: Context,
  verb: string,
  mode: 'for-real' | 'rehearsal' = 'for-real',
): Promise<OwnedVault> {
  const closing = new AsyncDisposableStack()
  try {
    const real = closing.use(await openChosenVault(context))
    const opened = mode === 'rehearsal' ? { ...real, vault: rehearsalOf(real.vault) } : real
    const holder = holderOf(context, verb)
    const ownership = closing.use(await Ownership.take(opened.vault, holder, context.signal))
    return { opened, ownership, [Symbol.asyncDispose]: () => closing.disposeAsync() }
  } catch (problem) {
    await closing.disposeAsync()
    throw problem
  }
}

export type OwnedPoints = Pick<VaultView, 'points' | 'lost'>

export async function pointsOf(owned: OwnedVault, signal: AbortSignal): Promise<OwnedPoints> {
  return await readPoints(owned.opened.vault, owned.ownership.state, signal)
}
