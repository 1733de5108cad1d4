/** The runs that a filter shows, asked for page by page as their end comes near. */
import { useCallback } from 'react'
import { type Job, type RestoreJob, routes } from '#contract'
import { usePages } from '../../api/queries.ts'
import { type JobsFilter, jobsQueryOf } from './filter.ts'
import { isBehind, mergeNewest, type Run, type RunPages } from './merged-runs.ts'

const pageItems = 100

export function useRuns(filter: JobsFilter) {
  const query = { ...jobsQueryOf(filter), sort: '-createdAt' as const, limit: pageItems }
  const asksBackups = filter.kind !== 'restore'
  const asksRestores = filter.kind !== 'backup'
  const backups = usePages(routes.jobs.list, { query }, { enabled: asksBackups })
  const restores = usePages(
    routes.restoreJobs.list,
    { query: { ...query, dryRun: false } },
    { enabled: asksRestores },
  )
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
