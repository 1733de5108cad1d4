/** Backup jobs and restore jobs as tables and facts. */
import { displayName } from '#base'
import { type Job, type JobState, jobStates, type RestoreJob } from '#contract'
import { formatBytes, formatCount, formatElapsed } from '../amounts.ts'
import type { Given, OptionSpec } from '../command.ts'
import { printable } from '../printable.ts'
import { findInstance } from './find-instance.ts'
import { progressText, restoreWords } from './follow-job.ts'
import { limitOption, tellFacts } from './listing.ts'
import { someOf } from './option-words.ts'
import type { Remote } from './server-command.ts'
import { jobStateWords, problemWords, shownTime } from './status-words.ts'
import { isoOf, parseWhen } from './when.ts'

export const jobFilterOptions: readonly OptionSpec[] = [
  { flags: '--state <state>', about: jobStates.join(', '), many: true },
  { flags: '--since <when>', about: 'made since a day, a time, or so long ago (2026-11-20, 7d)' },
  { flags: '--until <when>', about: 'made until then' },
  limitOption,
]

export type JobQuery = {
  readonly limit: number
  readonly state: readonly JobState[]
  readonly instanceId?: string
  readonly from?: string
  readonly until?: string
}

export async function jobQuery(
  { api, context }: Remote,
  given: Given,
  instance: string | undefined,
): Promise<JobQuery> {
  const found = instance === undefined ? undefined : await findInstance(api, instance)
  return {
    limit: 100,
    state: someOf(given, 'state', jobStates),
    ...(found === undefined ? {} : { instanceId: found.instanceId }),
    ...spanOf(given, context.machine.clock.now().wallMs),
  }
}

/** `--since` and `--until`. */
export function spanOf(
  given: Given,
  nowMs: number,
): { readonly from?: string; readonly until?: string } {
  const [since, until] = [given.text('since'), given.text('until')]
  return {
    ...(since === undefined
      ? {}
      : { from: isoOf(parseWhen(since, { what: '--since', nowMs, side: 'start' })) }),
    ...(until === undefined
      ? {}
      : { until: isoOf(parseWhen(until, { what: '--until', nowMs, side: 'end' })) }),
  }
}

export function tookWords({ startedAt, endedAt }: Job | RestoreJob): string {
  return startedAt === undefined || endedAt === undefined ? '' : formatElapsed(endedAt - startedAt)
}

/** What went wrong, in a few words. */
export function countWords({ counts }: Job | RestoreJob): string {
  if (counts === undefined) return ''
  const words = [
    [counts.failed, 'failed'],
    [counts.inconsistent, 'inconsistent'],
    [counts.skipped, 'skipped'],
  ] as const
  return words
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(', ')
}

export function tellBackupJob({ context, names }: Remote, job: Job): void {
  const { totals } = job
  tellFacts(context.output, [
    ['job', job.jobId],
    ['instance', names.instance(job.instanceId)],
    ['state', jobStateWords(job.state)],
    ['skipped since', job.skipReason],
    ['trigger', job.trigger.toLowerCase().replaceAll('_', ' ')],
    ['due', shownTime(job.dueAt)],
    ...runFacts(job),
    ['files', totals && formatCount(totals.files)],
    ['size', totals && formatBytes(totals.sourceBytes)],
    ['new', totals && formatBytes(totals.newBytes)],
    ['stored', totals && formatBytes(totals.storedBytes)],
    ['version', job.versionId],
    ['vault', names.vault(job.vaultId)],
  ])
  tellWarnings(context, job)
}

export function tellRestoreJob({ context, names }: Remote, job: RestoreJob): void {
  const { totals, selection, targetPath } = job
  tellFacts(context.output, [
    ['job', job.restoreJobId],
    ['dry run', job.dryRun ? 'yes: nothing was changed' : undefined],
    ['to', names.instance(job.instanceId)],
    ['into', targetPath === undefined ? 'the original paths' : displayName(targetPath)],
    ['what', selection.kind === 'all' ? 'everything' : selectionWords(selection)],
    ['conflicts', job.conflict],
    ['state', jobStateWords(job.state)],
    ...runFacts(job),
    ['files', totals && formatCount(totals.files)],
    ['size', totals && formatBytes(totals.bytes)],
    [job.dryRun ? 'would do' : 'done', totals && restoreWords(job)],
    ['vault', names.vault(job.vaultId)],
  ])
  tellWarnings(context, job)
}

function runFacts(job: Job | RestoreJob): readonly (readonly [string, string | undefined])[] {
  const isRunning = job.state === 'RUNNING'
  return [
    ['progress', isRunning && job.progress !== undefined ? progressText(job).trim() : undefined],
    ['trouble', problemWords(job.problem)],
    ['made', shownTime(job.createdAt)],
    ['started', shownTime(job.startedAt)],
    ['ended', shownTime(job.endedAt)],
    ['took', tookWords(job)],
    ['attempts', job.attempts > 1 ? formatCount(job.attempts) : undefined],
    ['files with trouble', countWords(job)],
  ]
}

function tellWarnings({ output }: Remote['context'], { warnings }: Job | RestoreJob): void {
  for (const warning of warnings) output.warning(printable(warning))
}

const pathsShownMax = 5

function selectionWords(selection: Exclude<RestoreJob['selection'], { kind: 'all' }>): string {
  const { kind, paths } = selection
  const shown = paths.slice(0, pathsShownMax).map(displayName).join(', ')
  const more = paths.length > pathsShownMax ? `, and ${paths.length - pathsShownMax} more` : ''
  return `${kind === 'include' ? 'only' : 'all but'} ${shown}${more}`
}
