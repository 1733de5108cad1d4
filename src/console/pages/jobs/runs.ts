/** Backups and restores as one list. Each kind comes in pages of its own; only what is certain to be in order is shown. */
import { useCallback } from 'react'
import { type Job, type RestoreJob, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { type JobsFilter, jobsQueryOf } from './filter.ts'

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

const pageItems = 100

export function useRuns(filter: JobsFilter) {
  const query = { ...jobsQueryOf(filter), sort: '-createdAt' as const, limit: pageItems }
  const asksBackups = filter.kind !== 'restore'
  const asksRestores = filter.kind !== 'backup'
  const backups = usePages(routes.jobs.list, { query }, { enabled: asksBackups })
  const restores = usePages(routes.restoreJobs.list, { query }, { enabled: asksRestores })
  const backupPages: RunPages = {
    runs: asksBackups ? backups.items.map(runOfBackup) : [],
    hasMore: asksBackups && backups.hasNextPage,
  }
  const restorePages: RunPages = {
    runs: asksRestores ? restores.items.map(runOfRestore) : [],
    hasMore: asksRestores && restores.hasNextPage,
  }
  const lists = [backupPages, restorePages]
  const asked = [...(asksBackups ? [backups] : []), ...(asksRestores ? [restores] : [])]
  const moreBackups = isBehind(backupPages, lists) && !backups.isFetchingNextPage
  const moreRestores = isBehind(restorePages, lists) && !restores.isFetchingNextPage
  const fetchMore = useCallback(() => {
    if (moreBackups) void backups.fetchNextPage()
    if (moreRestores) void restores.fetchNextPage()
  }, [moreBackups, moreRestores, backups.fetchNextPage, restores.fetchNextPage])
  return {
    runs: mergeNewest(lists),
    isPending: asked.some((one) => one.isPending),
    problem: asked.find((one) => one.isError)?.error ?? undefined,
    refetch: () => {
      for (const one of asked) void one.refetch()
    },
    fetchMore,
  }
}

function runOfBackup(job: Job): Run {
  return { kind: 'backup', id: job.jobId, job }
}

function runOfRestore(job: RestoreJob): Run {
  return { kind: 'restore', id: job.restoreJobId, job }
}
