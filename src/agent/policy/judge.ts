/**
 * What the local policy says to an assignment (A21). Judged when it comes, so that the server hears of a refusal at once,
 * and again when it is carried out, with the real paths of that moment.
 */
import { type ByteString, displayName, failure } from '#base'
import type { Assignment } from '#contract'
import type { BackupAssignment, RestoreAssignment } from '../work.ts'
import type { LocalPolicy } from './local-policy.ts'
import { hasDots, isAtOrBelow, isWithin, tidyPath } from './path-rules.ts'

/** @throws agent.policy-refused, hook.unknown */
export function judgeAssignment(assignment: Assignment, policy: LocalPolicy): void {
  switch (assignment.kind) {
    case 'backup':
      judgeBackup(assignment, policy)
      break
    case 'restore':
      judgeRestore(assignment, policy)
      break
    case 'upgrade':
      must(policy.allow.upgrades, 'upgrades by the server are switched off')
      break
    case 'uninstall':
      must(policy.allow.uninstall, 'uninstalling by the server is switched off')
      break
    case 'list-folder':
      judgeFolder(tidyPath(assignment.path), policy)
      break
    case 'cancel':
    case 'report-facts':
      break
  }
}

function judgeBackup({ sources, hooks }: BackupAssignment, policy: LocalPolicy): void {
  for (const path of sources?.paths ?? []) judgeSource(fixedPartOf(tidyPath(path)), policy)
  for (const pattern of sources?.exclude ?? []) {
    must(!/^[*/?]+$/.test(pattern), `the exclusion "${pattern}" leaves nothing to back up`)
  }
  for (const hook of [hooks.before, hooks.after]) {
    if (hook !== undefined && !policy.hooks.has(hook)) throw failure('hook.unknown', { hook })
  }
}

/** @param path a real path, where that is known */
export function judgeSource(path: ByteString, policy: LocalPolicy): void {
  const shown = displayName(path)
  must(!hasDots(path), `the source ${shown} steps out of its directory`)
  must(isWithin(path, policy.backupRoots), `the source ${shown} is in none of the backup roots`)
}

function judgeRestore(assignment: RestoreAssignment, policy: LocalPolicy): void {
  must(policy.allow.restores, 'restores are switched off')
  const { conflict, targetPath } = assignment
  const replaces = conflict === 'overwrite' || conflict === 'keepNewer'
  must(
    policy.allow.overwriteInPlace || !replaces || !isInPlace(assignment),
    'files are not replaced at their original places; restore into another directory, or keep what is there',
  )
  if (targetPath !== undefined && !isInPlace(assignment)) judgeTarget(tidyPath(targetPath), policy)
}

/** @param path a real path, where that is known */
export function judgeTarget(path: ByteString, policy: LocalPolicy): void {
  const shown = displayName(path)
  must(!hasDots(path), `the target ${shown} steps out of its directory`)
  must(isWithin(path, policy.restoreRoots), `the target ${shown} is in none of the restore roots`)
  must(!isWithin(path, policy.restoreDenied), `nothing is restored into ${shown}`)
}

/** Folders are shown to who restores: those that a restore may go into, and those on the way there. */
function judgeFolder(path: ByteString, policy: LocalPolicy): void {
  must(policy.allow.restores, 'restores are switched off')
  const { restoreRoots, restoreDenied } = policy
  const isOnTheWay = restoreRoots.some((root) => isAtOrBelow(root, path))
  const isTarget = isWithin(path, restoreRoots) && !isWithin(path, restoreDenied)
  const isPath = path.startsWith('/') && !hasDots(path)
  must(isPath && (isTarget || isOnTheWay), `a restore may not go into ${displayName(path)}`)
}

/** With the root directory as its target, a restore writes to the original places too. */
export function isInPlace({ targetPath }: RestoreAssignment): boolean {
  return targetPath === undefined || tidyPath(targetPath) === '/'
}

/** What stands before the first name with a wildcard. */
function fixedPartOf(path: ByteString): ByteString {
  const names = path.split('/')
  const first = names.findIndex((name) => name.includes('*'))
  if (first < 0) return path
  return tidyPath(`${names.slice(0, first).join('/')}/` as ByteString)
}

export function mergeLimits<Limits extends LocalPolicy['limits']>(
  asked: Limits,
  { limits }: LocalPolicy,
): Limits {
  return {
    ...asked,
    ...lesser('bytesPerSecondMax', asked, limits),
    ...lesser('coresMax', asked, limits),
    ...lesser('memoryBytesMax', asked, limits),
  }
}

function lesser<Name extends keyof LocalPolicy['limits']>(
  name: Name,
  a: LocalPolicy['limits'],
  b: LocalPolicy['limits'],
): { readonly [Key in Name]?: number } {
  const least = Math.min(a[name] ?? Number.POSITIVE_INFINITY, b[name] ?? Number.POSITIVE_INFINITY)
  const merged: { [Key in Name]?: number } = {}
  if (Number.isFinite(least)) merged[name] = least
  return merged
}

function must(holds: boolean, problem: string): void {
  if (!holds) throw failure('agent.policy-refused', { problem })
}
