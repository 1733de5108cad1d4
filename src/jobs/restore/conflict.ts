/** What becomes of an entry, by what stands in its place and by the user's rule (F4). */
import { unreachable } from '#base'
import type { Standing } from '#ports'

/**
 * skip: what is there stays · overwrite: the point wins · newer: the point wins where its mtime is later · rename: what is
 * there stays, and the entry goes beside it under another name.
 *
 * Under every rule a file of the point's time and size counts as there already: a restore of terabytes that was cut short
 * goes on without reading them again. Whoever could write there can set a time, so the report says how many were believed,
 * and `verifyExisting` believes none.
 */
export const conflictRules = ['skip', 'overwrite', 'newer', 'rename'] as const
export type ConflictRule = (typeof conflictRules)[number]

export type Decision =
  | 'make'
  | 'replace'
  /** What is there stays, by the rule. */
  | 'keep'
  /** What is there is this entry already: an earlier run made it. */
  | 'done'
  /** As `done`, and its metadata is set again. */
  | 'refresh'
  /** Its content is held against the point's; only what differs is fetched. */
  | 'compare'
  /** A directory stands there, which no rule removes. */
  | 'blocked'

export type ConflictPolicy = {
  readonly rule: ConflictRule
  /** Also what looks the same is read and compared. */
  readonly verifyExisting: boolean
}

export function decide(standing: Standing, isFile: boolean, policy: ConflictPolicy): Decision {
  switch (standing) {
    case 'absent':
      return 'make'
    case 'same':
      if (isFile && policy.verifyExisting) return 'compare'
      return policy.rule === 'overwrite' || policy.rule === 'newer' ? 'refresh' : 'done'
    case 'directory':
      return policy.rule === 'skip' ? 'keep' : 'blocked'
    case 'older':
      return overwrites(policy.rule, true) ? contentOf(isFile) : 'keep'
    case 'newer':
    case 'differing':
      return overwrites(policy.rule, false) ? contentOf(isFile) : 'keep'
    case 'other':
      return overwrites(policy.rule, false) ? 'replace' : 'keep'
    default:
      return unreachable(standing)
  }
}

function overwrites(rule: ConflictRule, isOlder: boolean): boolean {
  return rule === 'overwrite' || (rule === 'newer' && isOlder)
}

function contentOf(isFile: boolean): Decision {
  return isFile ? 'compare' : 'replace'
}
