/** What the role of whoever is signed in allows. */
import { useMay } from '../../api/session.tsx'
import type { Rights } from './steps.ts'

export function useRights(): Rights {
  return {
    operates: useMay(['owner', 'administrator', 'backupOperator']),
    administers: useMay(['owner', 'administrator']),
  }
}
