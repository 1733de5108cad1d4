/**
 * Watches a job until it ends: asks each second, and goes on asking while the server or the network is away for a while,
 * since the job goes on without us. What it came to decides the exit code.
 */
import { catalogue, failure, isFailure } from '#base'
import { finalJobStates, type Job, type JobState, type RestoreJob, routes } from '#contract'
import { countOf, formatBytes, formatClock, formatCount, formatElapsed } from '../amounts.ts'
import type { Fields } from '../output.ts'
import { printable } from '../printable.ts'
import type { Remote } from './server-command.ts'
import { jobStateWords, problemWords } from './status-words.ts'
import { wireFields } from './wire-fields.ts'

const askEachMs = 1_000
/** Longer than a restart or an upgrade of the server takes. */
const awayMsMax = 600_000

type AnyJob = Job | RestoreJob

type Watched<One extends AnyJob> = {
  readonly id: string
  readonly ask: () => Promise<One>
  readonly fields: (job: One) => Fields
  /** What it came to, for people. */
  readonly summary: (job: One) => string
}

/** @returns the exit code. @throws job.not-complete */
export async function followBackup(remote: Remote, job: Job): Promise<number> {
  const path = { jobId: job.jobId }
  return await follow(remote, {
    id: job.jobId,
    ask: () => remote.api.call(routes.jobs.get, { path }),
    fields: (one) => ({ event: 'job', ...wireFields(routes.jobs.get.answer.schema, one) }),
    summary: ({ totals }) =>
      totals === undefined
        ? ''
        : `${formatCount(totals.files)} files, ${formatBytes(totals.sourceBytes)}; ${formatBytes(totals.newBytes)} new, ${formatBytes(totals.storedBytes)} stored`,
  })
}

/** @returns the exit code. @throws job.not-complete */
export async function followRestore(remote: Remote, job: RestoreJob): Promise<number> {
  const path = { restoreJobId: job.restoreJobId }
  return await follow(remote, {
    id: job.restoreJobId,
    ask: () => remote.api.call(routes.restoreJobs.get, { path }),
    fields: (one) => ({
      event: 'restore-job',
      ...wireFields(routes.restoreJobs.get.answer.schema, one),
    }),
    summary: restoreWords,
  })
}

/** What a restore came to, or would come to. */
export function restoreWords({ totals, dryRun }: RestoreJob): string {
  if (totals === undefined) return ''
  const { written, writtenBytes, overwritten, unchanged, kept } = totals
  const rest = [
    [overwritten, 'in the place of others'],
    [unchanged, 'in place already'],
    [kept, 'left as they are'],
  ] as const
  const words = rest
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`)
  const first = `${countOf(written, 'entry', 'entries')} (${formatBytes(writtenBytes)}) ${dryRun ? 'would be written' : 'written'}`
  return [first, ...words, ...freeWords(totals)].join(', ')
}

function freeWords({ freeBytes, writtenBytes }: NonNullable<RestoreJob['totals']>) {
  if (freeBytes === undefined) return []
  const free = `${formatBytes(freeBytes)} free there`
  return [writtenBytes > freeBytes ? `but only ${free}: it may not fit` : free]
}

async function follow<One extends AnyJob>(remote: Remote, watched: Watched<One>): Promise<number> {
  const { output, machine, signal } = remote.context
  const beganMs = machine.clock.now().upMs
  try {
    for (let last = ''; ; ) {
      const job = await askPatiently(remote, watched)
      if (finalJobStates.includes(job.state)) return tellEnd(remote, watched, job, beganMs)
      const now = progressText(job)
      if (output.settings.json && now !== last) tellProgress(remote, watched, job)
      else showLine(remote, now)
      last = now
      await machine.clock.sleep(askEachMs, signal)
    }
  } finally {
    output.endProgress()
  }
}

async function askPatiently<One extends AnyJob>(
  { context }: Remote,
  { ask }: Watched<One>,
): Promise<One> {
  const { clock } = context.machine
  const beganMs = clock.now().upMs
  for (let isTold = false; ; isTold = true) {
    try {
      return await ask()
    } catch (problem) {
      const isAway = isFailure(problem) && problem.entry.kind === 'unavailable'
      if (!isAway || clock.now().upMs - beganMs > awayMsMax) throw problem
      if (!isTold)
        context.output.notice(`${printable(problem.message)} The job goes on; asking again.`)
      await clock.sleep(askEachMs, context.signal)
    }
  }
}

function tellProgress<One extends AnyJob>(
  { context }: Remote,
  { fields, id }: Watched<One>,
  job: One,
): void {
  const { progress } = fields(job)
  context.output.event('progress', { job: id, state: job.state, progress })
}

function showLine({ context }: Remote, text: string): void {
  const { output } = context
  const columns = output.progressColumns
  if (columns === undefined || output.settings.quiet || output.settings.json) return
  const clear = () => output.showProgress('\r\x1b[K', () => undefined)
  output.showProgress(`\r${text.slice(0, columns - 1)}\x1b[K`, clear)
}

export function progressText({ state, progress }: AnyJob): string {
  if (progress === undefined) return jobStateWords(state)
  const { phase, fraction, files, bytes, bytesPerSecond, remainingMs } = progress
  const parts = [
    `${String(Math.floor(fraction * 100)).padStart(3)} %`,
    phase,
    `${formatCount(files.done)}/${formatCount(files.scanned)} files`,
    `${formatBytes(bytes.done)}/${formatBytes(bytes.scanned)}`,
    `${formatBytes(bytesPerSecond)}/s`,
    ...(remainingMs === undefined ? [] : [`ETA ${formatClock(remainingMs)}`]),
  ]
  return parts.join('  ')
}

function tellEnd<One extends AnyJob>(
  { context }: Remote,
  { id, fields, summary }: Watched<One>,
  job: One,
  beganMs: number,
): number {
  const { output, machine } = context
  const { event, ...facts } = fields(job)
  output.event(String(event), facts)
  const took = formatElapsed(machine.clock.now().upMs - beganMs)
  const said = summary(job)
  const line = `${id} is ${jobStateWords(job.state)}${said === '' ? '' : `: ${said}`} (watched for ${took}).`
  switch (job.state) {
    case 'COMPLETE':
      output.note(line)
      return 0
    case 'PARTIAL_COMPLETE':
      output.note(line)
      output.warning(partialWords(job))
      return catalogue['job.partial'].exit
    default:
      throw failure('job.not-complete', {
        job: id,
        state: jobStateWords(job.state),
        problem: job.problem === undefined ? reasonWords(job) : printable(job.problem.detail),
        advice: printable(job.problem?.advise ?? 'Look at it with `holdfast jobs show`.'),
      })
  }
}

function partialWords(job: AnyJob): string {
  const { failed = 0, inconsistent = 0 } = job.counts ?? {}
  const why = problemWords(job.problem)
  return `${formatCount(failed)} files are missing and ${formatCount(inconsistent)} changed while they were read; \`report\` lists them.${why === undefined ? '' : ` ${why}`}`
}

function reasonWords(job: AnyJob): string {
  const reason = 'skipReason' in job ? job.skipReason : undefined
  return reason === undefined ? 'no reason was given.' : `${reason}.`
}

export function isOver(state: JobState): boolean {
  return finalJobStates.includes(state)
}
