/** Backups and restores as one list. Each kind comes in pages of its own; only what is certain to be in order is shown. */
import type { Job, RestoreJob } from '#contract'

export type Run =
  | { readonly kind: 'backup'; readonly id: string; readonly job: Job }
  | { readonly kind: 'restore'; readonly id: string; readonly job: RestoreJob }

export type RunPages = { readonly runs: readonly Run[]; readonly hasMore: boolean }

/** Newest first; a run that is older than what some list has shown so far waits, as newer ones may still come. */
export function mergeNewest(lists: readonly RunPages[]): readonly Run[] {
  const certain = certainFrom(lists)
  return lists
    .flatMap(({ runs }) => runs)
    .filter(({ job }) => job.createdAt >= certain)
    .sort((one, other) => other.job.createdAt - one.job.createdAt)
}

function certainFrom(lists: readonly RunPages[]): number {
  return Math.max(...lists.map(oldestOf))
}

/** From here on a list may have more. */
function oldestOf({ runs, hasMore }: RunPages): number {
  return hasMore
    ? (runs.at(-1)?.job.createdAt ?? Number.POSITIVE_INFINITY)
    : Number.NEGATIVE_INFINITY
}

/** Which of the lists holds the others back. */
export function isBehind(list: RunPages, lists: readonly RunPages[]): boolean {
  return list.hasMore && oldestOf(list) >= certainFrom(lists)
}
