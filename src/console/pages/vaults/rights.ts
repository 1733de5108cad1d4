/** What the role of whoever is signed in allows with vaults and their points (H3). */
import { routes } from '#contract'
import { useMay } from '../../api/session.tsx'

export function useVaultRights() {
  return {
    operates: useMay(['owner', 'administrator', 'backupOperator']),
    restores: useMay(['owner', 'administrator', 'restoreOperator']),
    administers: useMay(['owner', 'administrator']),
    owns: useMay(['owner']),
  }
}

/** What is asked for again when a vault or a point of it was changed. */
export const touchedByVaults = [
  routes.vaults.list,
  routes.vaults.get,
  routes.points.list,
  routes.points.get,
] as const
