/**
 * What happened that somebody may want to hear of (H4). Whoever finds a fact raises it; who is told, by which channel and
 * whether an alert of the same topic stands already, is decided behind `Notices`. A fact may be raised twice after a
 * restart: it says what is, so the second changes nothing but the number of occurrences.
 */
import type { AccountId, InstanceId, JobId, PlanId, RestoreJobId, VaultId } from '#contract'
import type { SkipReason } from '#engine'

export type NoticeFact = NoticeHead & NoticeMatter

type NoticeHead = {
  readonly accountId: AccountId
  /** Null: of no region. */
  readonly regionId: string | null
  /** When it happened, in milliseconds of the server. */
  readonly at: number
}

type OfInstance = { readonly instanceId: InstanceId; readonly instanceName: string }
type OfVault = { readonly vaultId: VaultId; readonly vaultName: string }
type OfRun = OfInstance & {
  readonly vaultId: VaultId
  readonly planId: PlanId
  readonly jobId: JobId
}

/** The kinds in capitals are those of the alerts that they raise; `backup-complete`, `client-back` and `vault-has-room` end alerts that stand. */
type NoticeMatter =
  /** FAILED, or EXPIRED: no version was made. */
  | (OfRun & {
      readonly kind: 'BACKUP_FAILED'
      readonly problemCode: string
      readonly problem: string
    })
  | (OfRun & {
      readonly kind: 'BACKUP_PARTIAL'
      readonly failedCount: number
      readonly skippedCount: number
      readonly inconsistentCount: number
    })
  /** A due run that did not take place (C3), without anybody having asked for it. */
  | (OfRun & {
      readonly kind: 'WINDOW_MISSED'
      readonly dueAt: number
      readonly reason: SkipReason
      /** Due runs before this one that were skipped as well. */
      readonly moreRuns: number
    })
  | (OfInstance & {
      readonly kind: 'CLIENT_LOST'
      readonly lastHeardAt: number | undefined
    })
  /** Active plans whose last version is older than the account allows; undefined: there was never one. */
  | (OfInstance & {
      readonly kind: 'NO_RECENT_BACKUP'
      readonly planId: PlanId
      readonly lastVersionAt: number | undefined
      readonly days: number
    })
  | (OfVault & { readonly kind: 'LOCK_EVENT'; readonly text: string })
  | (OfVault & { readonly kind: 'KEY_EVENT'; readonly text: string })
  | (OfVault & { readonly kind: 'MIRROR_LAG'; readonly lagMs: number })
  | (OfVault & {
      readonly kind: 'VAULT_NEARLY_FULL'
      readonly usedBytes: number
      /** The quota, or the free space of its storage and what it uses already. */
      readonly limitBytes: number
    })
  | (OfRun & { readonly kind: 'SUSPICIOUS_CHANGE'; readonly text: string })
  | (OfVault & { readonly kind: 'DELETION_REFUSED'; readonly text: string })
  /** L16: several in ten minutes; raises DELETION_REFUSED, of the whole account. */
  | {
      readonly kind: 'deletions-refused'
      readonly count: number
      readonly who: string
      readonly address: string
    }
  /** A backup ended COMPLETE: BACKUP_FAILED, BACKUP_PARTIAL, NO_RECENT_BACKUP and WINDOW_MISSED of the instance end. */
  | (OfRun & { readonly kind: 'backup-complete' })
  /** CLIENT_LOST of the instance ends. */
  | (OfInstance & { readonly kind: 'client-back' })
  | (OfVault & { readonly kind: 'vault-has-room' })
  /** A restore that failed is told to whoever asked for it, not to the account's contacts. */
  | (OfInstance & {
      readonly kind: 'restore-failed'
      readonly restoreJobId: RestoreJobId
      readonly problem: string
    })

export interface Notices {
  /** Resolves when the fact is kept; what is told to whom happens later. */
  raise(fact: NoticeFact): Promise<void>
}
