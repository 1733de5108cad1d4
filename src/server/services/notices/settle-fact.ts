/**
 * What a fact does to alerts (H4): which one it raises and which ones it ends. An alert is of a cause: what is found again
 * while it stands is an occurrence of it and no new one.
 */
import { unreachable } from '#base'
import type { AlertKind, AlertLevel, InstanceId, PlanId, VaultId } from '#contract'
import type { AlertDraft, JsonRecord } from '../../catalog/index.ts'
import type { NoticeFact } from '../../notices.ts'

export type RaisedAlert = Pick<
  AlertDraft,
  'kind' | 'level' | 'topic' | 'instanceId' | 'vaultId' | 'jobId' | 'facts'
>

/** Alerts of these kinds, of the instance or vault. With a plan: of it, and of plans that are no more. */
export type EndedAlerts = {
  readonly kinds: readonly AlertKind[]
  readonly instanceId?: InstanceId
  readonly vaultId?: VaultId
  readonly planId?: PlanId
}

export type Settlement = {
  readonly raises: RaisedAlert | undefined
  readonly ends: EndedAlerts | undefined
  /** Told to the person who asked for the job, and to nobody else. */
  readonly restoreFailed: Extract<NoticeFact, { kind: 'restore-failed' }> | undefined
}

const levels: Readonly<Record<AlertKind, AlertLevel>> = {
  BACKUP_FAILED: 'critical',
  BACKUP_PARTIAL: 'warning',
  CLIENT_LOST: 'warning',
  NO_RECENT_BACKUP: 'critical',
  LOCK_EVENT: 'notice',
  KEY_EVENT: 'critical',
  MIRROR_LAG: 'warning',
  VAULT_NEARLY_FULL: 'warning',
  SUSPICIOUS_CHANGE: 'critical',
  DELETION_REFUSED: 'warning',
  WINDOW_MISSED: 'warning',
}

/** They happen and are not: nothing ends them but silence. */
export const eventKinds = [
  'LOCK_EVENT',
  'KEY_EVENT',
  'SUSPICIOUS_CHANGE',
  'DELETION_REFUSED',
] as const satisfies readonly AlertKind[]

export function settleFact(fact: NoticeFact): Settlement {
  const nothing = { raises: undefined, ends: undefined, restoreFailed: undefined }
  switch (fact.kind) {
    case 'BACKUP_FAILED':
    case 'NO_RECENT_BACKUP':
    case 'WINDOW_MISSED':
      return { ...nothing, raises: raised(fact, [fact.instanceId, fact.planId]) }
    case 'BACKUP_PARTIAL':
      // A partial version can be restored: what said that there is none is over.
      return {
        ...nothing,
        raises: raised(fact, [fact.instanceId, fact.planId]),
        ends: endedRun(fact, ['BACKUP_FAILED', 'NO_RECENT_BACKUP', 'WINDOW_MISSED']),
      }
    case 'CLIENT_LOST':
    case 'SUSPICIOUS_CHANGE':
      return { ...nothing, raises: raised(fact, [fact.instanceId]) }
    case 'MIRROR_LAG':
    case 'VAULT_NEARLY_FULL':
    case 'DELETION_REFUSED':
      return { ...nothing, raises: raised(fact, [fact.vaultId]) }
    case 'LOCK_EVENT':
    case 'KEY_EVENT':
      return { ...nothing, raises: raised(fact, [fact.vaultId, fact.text]) }
    case 'deletions-refused':
      return { ...nothing, raises: manyRefused(fact) }
    case 'backup-complete':
      return {
        ...nothing,
        ends: endedRun(fact, [
          'BACKUP_FAILED',
          'BACKUP_PARTIAL',
          'NO_RECENT_BACKUP',
          'WINDOW_MISSED',
        ]),
      }
    case 'client-back':
      return { ...nothing, ends: { kinds: ['CLIENT_LOST'], instanceId: fact.instanceId } }
    case 'vault-has-room':
      return { ...nothing, ends: { kinds: ['VAULT_NEARLY_FULL'], vaultId: fact.vaultId } }
    case 'restore-failed':
      return { ...nothing, restoreFailed: fact }
    default:
      return unreachable(fact)
  }
}

function raised(
  fact: Extract<NoticeFact, { kind: AlertKind }>,
  about: readonly string[],
): RaisedAlert {
  const { kind, accountId: _, regionId: __, at: ___, ...matter } = fact
  return {
    kind,
    level: levels[kind],
    topic: [kind, ...about].join(':'),
    instanceId: 'instanceId' in fact ? fact.instanceId : null,
    vaultId: 'vaultId' in fact ? fact.vaultId : null,
    jobId: 'jobId' in fact ? fact.jobId : null,
    facts: definedFields(matter),
  }
}

function manyRefused(fact: Extract<NoticeFact, { kind: 'deletions-refused' }>): RaisedAlert {
  const { count, who, address } = fact
  return {
    kind: 'DELETION_REFUSED',
    level: 'critical',
    topic: 'DELETION_REFUSED:many',
    instanceId: null,
    vaultId: null,
    jobId: null,
    facts: { count, who, address },
  }
}

/** Facts as they are kept: what is undefined is not there. */
export function definedFields(
  fields: Readonly<Record<string, string | number | undefined>>,
): JsonRecord {
  const defined: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) defined[name] = value
  }
  return defined
}

function endedRun(
  fact: { readonly instanceId: InstanceId; readonly planId: PlanId },
  kinds: readonly AlertKind[],
): EndedAlerts {
  return { kinds, instanceId: fact.instanceId, planId: fact.planId }
}
