/** Alerts that nobody has read yet, for the menu and the inbox. */
import { type Alert, routes } from '#contract'
import { useCall } from './queries.ts'
import { useMay } from './session.tsx'

/** More are shown as this many. */
export const unreadMax = 99

/** The newest, at most `unreadMax` + 1. */
export function useUnread(): readonly Alert[] {
  const query = { unread: true, limit: unreadMax + 1 }
  return useCall(routes.alerts.list, { query }, { everyMs: 60_000 }).data?.items ?? []
}

export function useMayMarkRead(): boolean {
  return useMay(['owner', 'administrator', 'backupOperator', 'restoreOperator'])
}
