/** One fact of each kind. */
import { type Id, type IdKind, idFromBytes } from '#contract'
import type { NoticeFact } from '../../notices.ts'

export function idOf<Kind extends IdKind>(kind: Kind, number = 1): Id<Kind> {
  return idFromBytes(kind, new Uint8Array(16).fill(number))
}

export const run = {
  accountId: idOf('account'),
  regionId: 'hangzhou',
  at: 1_790_000_000_000,
  instanceId: idOf('instance'),
  instanceName: 'web-1',
  vaultId: idOf('vault'),
  planId: idOf('plan'),
  jobId: idOf('job'),
}
const { planId: _, jobId: __, vaultId: ___, ...instance } = run
const { accountId, regionId, at, vaultId } = run
const vault = { accountId, regionId, at, vaultId, vaultName: 'main' }

export const allFacts: readonly NoticeFact[] = [
  { ...run, kind: 'BACKUP_FAILED', problemCode: 'storage.full', problem: 'The storage is full.' },
  { ...run, kind: 'BACKUP_PARTIAL', failedCount: 3, skippedCount: 2, inconsistentCount: 1 },
  { ...run, kind: 'WINDOW_MISSED', dueAt: run.at, reason: 'PREVIOUS_RUNNING', moreRuns: 4 },
  { ...instance, kind: 'CLIENT_LOST', lastHeardAt: run.at },
  { ...instance, kind: 'NO_RECENT_BACKUP', planId: run.planId, lastVersionAt: undefined, days: 3 },
  { ...vault, kind: 'LOCK_EVENT', text: 'The lock was raised.' },
  { ...vault, kind: 'KEY_EVENT', text: 'A recovery key was made.' },
  { ...vault, kind: 'MIRROR_LAG', lagMs: 7_200_000 },
  { ...vault, kind: 'VAULT_NEARLY_FULL', usedBytes: 95 * 2 ** 30, limitBytes: 100 * 2 ** 30 },
  { ...run, kind: 'SUSPICIOUS_CHANGE', text: 'Most files changed, and none compresses any more.' },
  { ...vault, kind: 'DELETION_REFUSED', text: 'Somebody tried to delete 3 locked points.' },
  {
    accountId,
    regionId: null,
    at,
    kind: 'deletions-refused',
    count: 3,
    who: 'owner',
    address: '192.0.2.7',
  },
  { ...run, kind: 'backup-complete' },
  { ...instance, kind: 'client-back' },
  { ...vault, kind: 'vault-has-room' },
  { ...instance, kind: 'restore-failed', restoreJobId: idOf('restoreJob'), problem: 'It is gone.' },
]
