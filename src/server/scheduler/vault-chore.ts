/** The name under which the looking-after of a vault is known among the chores of the servers. */
import type { VaultId } from '#contract'

export const vaultChorePrefix = 'vault '

export function vaultChore(vaultId: VaultId): string {
  return `${vaultChorePrefix}${vaultId}`
}
