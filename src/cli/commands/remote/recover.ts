/** `holdfast recover`: a version, or some of it, back onto an instance. The source may be gone. */
import { type ByteString, displayName, failure, isFailure } from '#base'
import { type Instance, pathToText, type RestoreJob, routes, type Version } from '#contract'
import { countOf } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import {
  type ChosenVersion,
  chooseVersion,
  placePath,
  placeWords,
  sourcePath,
} from '../../remote/choose-version.ts'
import { mustConfirm, yesOption } from '../../remote/confirm-text.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { followRestore } from '../../remote/follow-job.ts'
import { oneOf } from '../../remote/option-words.ts'
import { planRestores, type RestorePart } from '../../remote/restore-parts.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

/** As the command line and the API call them. */
const rules = {
  skip: 'skip',
  overwrite: 'overwrite',
  newer: 'keepNewer',
  rename: 'rename',
} as const
const ruleNames = ['skip', 'overwrite', 'newer', 'rename'] as const

export const recover = serverCommand({
  name: 'recover',
  summary: 'bring a version, or files of it, back onto an instance',
  about: [
    'Restores through the server onto the instance that the files are from, or with --to onto another one; the first may be long gone. Say where: --target for a folder that exists there, or --in-place for the original paths. (`holdfast restore` works on a vault, without a server.)',
    'What stands in the way: `skip` leaves it (the default), `overwrite` replaces it, `newer` replaces what is older than the copy, `rename` puts the restored file beside it. Run again, a restore goes on where it ended.',
  ],
  arguments: [
    { name: 'VERSION', about: placeWords, count: 'one' },
    { name: 'PATH', about: 'only these, with everything below them, as they were', count: 'any' },
  ],
  options: [
    { flags: '--to <instance>', about: 'the instance to restore onto (default: where it is from)' },
    { flags: '--target <dir>', about: 'a folder that exists there' },
    { flags: '--in-place', about: 'to the original paths, instead of --target' },
    { flags: '--on-conflict <rule>', about: 'default skip', choices: ruleNames },
    { flags: '--wait', about: 'shows the progress until it has ended' },
    {
      flags: '--dry-run',
      about:
        'the machine looks, and tells what would be written and what replaced; changes nothing',
    },
    yesOption,
  ],
  examples: [
    { line: 'holdfast recover web-1 --to web-2 --in-place --wait', about: 'web-1 is gone' },
    {
      line: 'holdfast recover web-1@2026-11-20 /srv/www --target /srv/old',
      about: 'one folder, beside the one of today',
    },
  ],
  exits: [3, 4],
  run,
})

async function run(remote: Remote, given: Given): Promise<number> {
  const { context } = remote
  const chosen = await chooseVersion(remote, given.argument('VERSION'))
  const targetPath = targetOf(given)
  const paths = given.arguments('PATH').map(sourcePath)
  const parts = partsOf(chosen.version, paths, targetPath)
  const target = await findTarget(remote, chosen, given.text('to'))
  const rule = oneOf(given, 'onConflict', ruleNames) ?? 'skip'
  for (const { path, status } of chosen.version.points)
    if (status === 'failed')
      context.output.warning(`The volume ${displayName(path)} is not in this version.`)
  tellIntent(remote, { ...chosen, target, parts, targetPath, rule })
  const dryRun = given.flag('dryRun')
  if (!dryRun && rule === 'overwrite' && targetPath === undefined)
    await mustConfirm(context, given, `Files on ${printable(target.name)} are replaced. Go on?`)
  const jobs: RestoreJob[] = []
  for (const part of parts)
    jobs.push(
      await createJob(remote, { ...part, target, targetPath, dryRun, conflict: rules[rule] }),
    )
  if (dryRun) return await tellDryRuns(remote, jobs)
  return given.flag('wait') ? await waitForAll(remote, jobs) : tellStarted(remote, jobs)
}

/** @returns undefined for the original paths. @throws choice.missing */
function targetOf(given: Given): ByteString | undefined {
  const [target, isInPlace] = [given.text('target'), given.flag('inPlace')]
  if (target !== undefined && isInPlace)
    throw failure('usage.invalid', { problem: 'Give --target or --in-place, not both' })
  if (target === undefined && !isInPlace)
    throw failure('choice.missing', {
      problem: 'It is not said where to restore to',
      advice: 'Give --target DIR, a folder there, or --in-place for the original paths.',
    })
  if (target !== undefined && !target.startsWith('/'))
    throw failure('usage.invalid', { problem: '--target is a path from the root of the instance' })
  return target === undefined ? undefined : sourcePath(target)
}

function partsOf(
  version: Version,
  paths: readonly ByteString[],
  targetPath: ByteString | undefined,
): readonly RestorePart[] {
  const whole = version.points
    .filter(({ status }) => status !== 'failed')
    .map((point) => ({ point, inside: '' as ByteString }))
  const placed = paths.flatMap((path) => placePath(version, path))
  const parts = planRestores(paths.length === 0 ? whole : placed)
  const volumes = parts.flatMap(({ points }) => points.map(({ path }) => path))
  if (targetPath === undefined || volumes.length === 1) return parts
  throw failure('choice.missing', {
    problem: `That is on ${volumes.length} volumes, which would be mixed in one folder`,
    advice: `Give a path and a folder for each (${volumes.map(displayName).join(', ')}), or --in-place.`,
  })
}

async function findTarget(
  { api }: Remote,
  { version, instance }: ChosenVersion,
  to: string | undefined,
): Promise<Instance> {
  if (to !== undefined) return await findInstance(api, to, 'living')
  const { instanceId } = version
  const source = instance ?? (await api.call(routes.instances.get, { path: { instanceId } }))
  if (source.state !== 'RELEASED') return source
  throw failure('choice.missing', {
    problem: `The instance ${printable(source.name)} is gone`,
    advice: 'Say with --to which instance to restore onto.',
  })
}

type Intent = ChosenVersion & {
  readonly target: Instance
  readonly parts: readonly RestorePart[]
  readonly targetPath: ByteString | undefined
  readonly rule: keyof typeof rules
}

function tellIntent({ context }: Remote, intent: Intent): void {
  const { version, target, parts, targetPath, rule } = intent
  const { output } = context
  const into = targetPath === undefined ? 'the original paths' : displayName(targetPath)
  output.event('intent', {
    versionId: version.versionId,
    targetInstanceId: target.instanceId,
    targetPath: targetPath === undefined ? null : pathToText(targetPath),
    conflict: rules[rule],
    parts: parts.map(({ points, paths }) => ({
      pointIds: points.map(({ pointId }) => pointId),
      volumes: points.map(({ path }) => pathToText(path)),
      paths: paths?.map(pathToText) ?? null,
    })),
  })
  output.note(
    `The version of ${shownTime(version.createdAt)}, onto ${printable(target.name)}, into ${into}; what stands in the way: ${rule}.`,
  )
  for (const { points, paths } of parts)
    for (const { path } of points)
      output.note(`  ${displayName(path)}: ${paths?.map(displayName).join(', ') ?? 'everything'}`)
}

type Order = RestorePart & {
  readonly target: Instance
  readonly targetPath: ByteString | undefined
  readonly conflict: (typeof rules)[keyof typeof rules]
  readonly dryRun: boolean
}

async function createJob({ api }: Remote, order: Order): Promise<RestoreJob> {
  const { points, paths, target, targetPath, conflict, dryRun } = order
  return await api.call(routes.restoreJobs.create, {
    body: {
      vaultId: order.vaultId,
      pointIds: points.map(({ pointId }) => pointId),
      targetInstanceId: target.instanceId,
      conflict,
      dryRun,
      ...(targetPath === undefined ? {} : { targetPath: pathToText(targetPath) }),
      ...(paths === undefined
        ? {}
        : { selection: { kind: 'include', paths: paths.map(pathToText) } }),
    },
  })
}

function tellStarted({ context }: Remote, jobs: readonly RestoreJob[]): number {
  for (const job of jobs)
    context.output.event('restore-job', wireFields(routes.restoreJobs.get.answer.schema, job))
  context.output.note(`Started ${countOf(jobs.length, 'restore job')}:`)
  for (const { restoreJobId } of jobs)
    context.output.note(`  holdfast restore-jobs show ${restoreJobId} --follow`)
  return 0
}

const shownMax = 20

/** What would be replaced is named: that is what one asks for before it happens. */
async function tellDryRuns(remote: Remote, jobs: readonly RestoreJob[]): Promise<number> {
  const exit = await waitForAll(remote, jobs)
  const { api, context } = remote
  for (const { restoreJobId } of jobs) {
    const path = { restoreJobId, reportList: 'overwritten' } as const
    let count = 0
    for await (const line of api.list(routes.restoreJobs.report, { path })) {
      if (count++ === shownMax) break
      context.output.note(`  would be replaced: ${displayName(line.path)}`)
    }
    if (count > shownMax)
      context.output.note(`  and more: holdfast restore-jobs report ${restoreJobId} overwritten`)
  }
  return exit
}

/** All are watched, whatever the first came to. @returns the worst exit code */
async function waitForAll(remote: Remote, jobs: readonly RestoreJob[]): Promise<number> {
  const exits: number[] = []
  const problems: unknown[] = []
  for (const job of jobs) {
    try {
      exits.push(await followRestore(remote, job))
    } catch (problem) {
      problems.push(problem)
    }
  }
  const [first, ...others] = problems
  for (const problem of others) if (isFailure(problem)) remote.context.output.failure(problem)
  if (first !== undefined) throw first
  return Math.max(0, ...exits)
}
