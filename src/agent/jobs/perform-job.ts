/**
 * One try of one job: the local policy is asked again, what is to be read or written is worked out from the machine as it
 * is now, and the worker runs between the hooks. A hook that fails before ends the try before anything is read; the hook
 * after runs whatever happened.
 */
import { type ByteString, checkAborted, displayName, failure } from '#base'
import type { Clock } from '#ports'
import { findHook } from '../policy/find-hook.ts'
import {
  isInPlace,
  judgeAssignment,
  judgeSource,
  judgeTarget,
  mergeLimits,
} from '../policy/judge.ts'
import type { LocalPolicy } from '../policy/local-policy.ts'
import { tidyPath } from '../policy/path-rules.ts'
import { withRealPlaces } from '../policy/real-place.ts'
import type { Owner } from '../policy/root-owned.ts'
import type { AgentLog, HookRunner, Machine } from '../ports.ts'
import { expandPaths, findRealPath } from '../sources/expand-paths.ts'
import { planSources } from '../sources/plan-sources.ts'
import type { JobAssignment } from '../state/journal.ts'
import type {
  AgentWorker,
  BackupAssignment,
  RestoreAssignment,
  WorkObserver,
  WorkOutcome,
} from '../work.ts'
import type { Priorities } from './priorities.ts'

export type JobTools = {
  readonly worker: AgentWorker
  readonly machine: Machine
  readonly hooks: HookRunner
  readonly priorities: Priorities
  readonly clock: Clock
  readonly log: AgentLog
  /** @throws agent.policy-unusable */
  readonly loadPolicy: () => Promise<LocalPolicy>
  readonly owner: Owner
  /** Programs and state of the client, and vaults on this machine: never read for a backup, never written by a restore. */
  readonly ownDirectories: readonly ByteString[]
}

/** @throws job.aborted, agent.policy-refused, hook.unknown, hook.failed, what the worker throws */
export async function performJob(
  assignment: JobAssignment,
  tools: JobTools,
  observer: WorkObserver,
  signal: AbortSignal,
): Promise<WorkOutcome> {
  const policy = await tools.loadPolicy()
  judgeAssignment(assignment, policy)
  const run = { tools, policy, observer, signal }
  switch (assignment.kind) {
    case 'backup':
      return await backup({ ...assignment, limits: mergeLimits(assignment.limits, policy) }, run)
    case 'restore':
      return await restore({ ...assignment, limits: mergeLimits(assignment.limits, policy) }, run)
  }
}

type Run = {
  readonly tools: JobTools
  readonly policy: LocalPolicy
  readonly observer: WorkObserver
  readonly signal: AbortSignal
}

async function backup(assignment: BackupAssignment, run: Run): Promise<WorkOutcome> {
  const { tools, policy, observer, signal } = run
  const paths = await expandPaths(assignment.sources?.paths ?? [])
  for (const path of paths) judgeSource(path, policy)
  const [mounts, { databases }] = [
    await tools.machine.mounts(signal),
    await tools.machine.describe(signal),
  ]
  const around = { mounts, databases, ownDirectories: tools.ownDirectories, paths }
  const { warnings, ...plan } = planSources(assignment, around)
  for (const root of plan.sources) judgeSource(root, policy)
  for (const warning of warnings) observer.warning(warning)
  using _priority = holdPriority(assignment, run)
  const outcome = await betweenHooks(assignment, run, () =>
    tools.worker.backup({ assignment, ...plan }, observer, signal),
  )
  if (outcome.totals?.files === 0) {
    observer.warning('The backup holds no file: check its sources and what is excluded.')
  }
  return outcome
}

async function restore(assignment: RestoreAssignment, run: Run): Promise<WorkOutcome> {
  const { tools, policy, observer, signal } = run
  const denied = await withRealPlaces([...policy.restoreDenied, ...tools.ownDirectories])
  const restoreRoots = await withRealPlaces(policy.restoreRoots)
  const { targetPath } = assignment
  using _priority = holdPriority(assignment, run)
  if (targetPath === undefined || isInPlace(assignment)) {
    const places = { roots: restoreRoots, deniedDirectories: denied }
    // What is left out must not pass for restored.
    if (assignment.selection.kind !== 'include' && denied.length > 0) {
      const shown = denied.map(displayName).join(' ')
      observer.warning(`The local policy restores nothing at or below these: ${shown}`)
    }
    return await tools.worker.restore({ assignment, ...places }, observer, signal)
  }
  // F3: it must exist.
  const real = await findRealPath(targetPath)
  if (real === undefined) {
    throw failure('target.not-found', { path: displayName(tidyPath(targetPath)) })
  }
  judgeTarget(real, { ...policy, restoreRoots, restoreDenied: denied })
  const work = { assignment, roots: [real], deniedDirectories: denied }
  return await tools.worker.restore(work, observer, signal)
}

function holdPriority(assignment: JobAssignment, { tools, policy, observer }: Run): Disposable {
  const { coresMax } = assignment.limits
  const held = tools.priorities.hold({ nice: policy.nice, io: policy.io, coresMax })
  for (const warning of held.warnings) observer.warning(warning)
  return held
}

async function betweenHooks(
  assignment: BackupAssignment,
  run: Run,
  work: () => Promise<WorkOutcome>,
): Promise<WorkOutcome> {
  const { before, after } = assignment.hooks
  let outcome: WorkOutcome | undefined
  try {
    if (before !== undefined) {
      const problem = await runHook({ name: before, event: 'before' }, assignment, run, run.signal)
      checkAborted(run.signal)
      if (problem !== undefined) throw failure('hook.failed', { hook: before, problem })
    }
    outcome = await work()
    return outcome
  } finally {
    // What the hook before made (a dump, a frozen file system) must be undone, cancelled or not.
    if (after !== undefined) {
      const state = outcome?.state ?? 'FAILED'
      const hook = { name: after, event: 'after', state } as const
      const problem = await runHook(hook, assignment, run, new AbortController().signal)
      if (problem !== undefined) run.observer.warning(`The hook ${after} failed: ${problem}.`)
    }
  }
}

type Hook = { readonly name: string; readonly event: 'before' | 'after'; readonly state?: string }

/** @returns what went wrong */
async function runHook(
  { name, event, state }: Hook,
  assignment: BackupAssignment,
  { tools, policy, observer }: Run,
  signal: AbortSignal,
): Promise<string | undefined> {
  const environment = {
    HOLDFAST_EVENT: event,
    HOLDFAST_JOB: assignment.jobId,
    ...(state === undefined ? {} : { HOLDFAST_STATE: state }),
  }
  let path: string
  try {
    path = await findHook(name, policy, tools.owner)
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
  const timeoutMs = policy.hookTimeoutSeconds * 1_000
  const outcome = await tools.hooks.run({ name, path, environment, timeoutMs }, signal)
  tools.log.info(`hook ${name} (${event}): ${outcome.problem ?? 'ok'}\n${outcome.output}`)
  if (outcome.problem !== undefined && outcome.output.trim() !== '') {
    observer.warning(`Output of the hook ${name}: …${outcome.output.trim().slice(-460)}`)
  }
  return outcome.problem
}
