/**
 * Settles what is due (C1, C3): of each plan every due run gets its job, or its line that says why there is none, exactly
 * once. The mark of the plan is moved in the transaction that writes the lines, by compare and set: a server that dies in
 * between has done nothing, and of two servers one does it.
 */
import { assert, isFailure } from '#base'
import type { InstanceState } from '#contract'
import {
  type DueDecision,
  type DueDecisions,
  decideDueRuns,
  nextDue,
  type PlanFacts,
  type Schedule,
} from '#engine'
import type { CatalogDb } from '../catalog/database/open-catalog.ts'
import { transact } from '../catalog/database/transact.ts'
import { type Client, listClientsOf } from '../catalog/instances/clients.ts'
import { createDueJob, recordSkippedRun } from '../catalog/jobs/job-creation.ts'
import type { Job } from '../catalog/jobs/jobs.ts'
import {
  listDuePlansAfter,
  listInstanceStates,
  listPlanRuns,
  type PlanRuns,
  settlePlan,
} from '../catalog/plans/plan-runs.ts'
import type { CatalogPlan } from '../catalog/plans/plans.ts'
import { countVersions } from '../catalog/vaults/points.ts'
import type { ServerKernel } from '../kernel.ts'
import { isOnline } from '../services/protection/client-contact.ts'
import { announceJob, backupDraft } from '../services/protection/plan-jobs.ts'
import { type PlanTerms, termsFromJson } from '../services/protection/plan-terms.ts'
import { scheduleFromJson } from '../services/protection/schedule-record.ts'

/** Plans that are looked at, and settled, at once. */
export const plansPerBatch = 100

/** Older runs have no line of their own; a clock that was wrong by years costs a month. */
const settledSpanMs = 31 * 24 * 3_600_000

export type DuePlace = { readonly nextDueAt: number; readonly id: string }

export type BatchReport = {
  /** Where the next batch begins; undefined: there is nothing more that is due. */
  readonly after: DuePlace | undefined
  readonly created: number
  readonly skipped: number
}

export async function settleDueBatch(
  kernel: ServerKernel,
  after: DuePlace | undefined,
  now: number,
): Promise<BatchReport> {
  const { db } = kernel.catalog
  const plans = await listDuePlansAfter(db, after, { now, limit: plansPerBatch })
  const facts = await gatherPlanFacts(db, plans, now)
  const settlements = plans.flatMap((plan) => decideFor(kernel, plan, facts, now))
  const jobs = await settleAll(kernel, settlements)
  for (const job of jobs) announceJob(kernel, job)
  const created = jobs.filter(({ state }) => state === 'CREATED')
  for (const { instanceId } of created) kernel.doorbell.ring(instanceId)
  const last = plans.at(-1)
  const isLast = plans.length < plansPerBatch || last === undefined || last.nextDueAt === null
  return {
    after: isLast ? undefined : { nextDueAt: last.nextDueAt ?? 0, id: last.id },
    created: created.length,
    skipped: jobs.length - created.length,
  }
}

/** All in one transaction, which costs one write to the disk; when one of them cannot be settled, each in its own. */
async function settleAll(
  kernel: ServerKernel,
  settlements: readonly Settlement[],
): Promise<readonly Job[]> {
  try {
    return await settleTogether(kernel, settlements)
  } catch (problem) {
    if (isFailure(problem, 'catalog.unavailable') || settlements.length === 0) throw problem
    kernel.log.warn({ problem }, 'a batch of due plans could not be settled at once')
  }
  const made: Job[] = []
  for (const settlement of settlements) {
    try {
      made.push(...(await settleTogether(kernel, [settlement])))
    } catch (problem) {
      // It stays due, and is tried again with the next look.
      kernel.log.error({ plan: settlement.plan.id, problem }, 'a due plan could not be settled')
    }
  }
  return made
}

async function settleTogether(
  kernel: ServerKernel,
  settlements: readonly Settlement[],
): Promise<readonly Job[]> {
  return await transact(kernel.catalog.db, async (trx) => {
    const made: Job[] = []
    for (const settlement of settlements) made.push(...(await settle(kernel, trx, settlement)))
    return made
  })
}

type Gathered = {
  readonly clients: ReadonlyMap<CatalogPlan['instanceId'], Client>
  readonly states: ReadonlyMap<CatalogPlan['instanceId'], InstanceState>
  readonly runs: ReadonlyMap<CatalogPlan['id'], PlanRuns>
  readonly lastVersionAt: ReadonlyMap<CatalogPlan['instanceId'], number>
}

async function gatherPlanFacts(
  db: CatalogDb,
  plans: readonly CatalogPlan[],
  now: number,
): Promise<Gathered> {
  const ids = [...new Set(plans.map(({ instanceId }) => instanceId))]
  const special = plans.filter(({ method }) => method === 'policy')
  const versions = await countVersions(db, [...new Set(special.map((one) => one.instanceId))])
  return {
    clients: await listClientsOf(db, ids),
    states: await listInstanceStates(db, ids),
    runs: await listPlanRuns(
      db,
      plans.map(({ id }) => id),
      now,
    ),
    lastVersionAt: new Map([...versions].map(([id, { lastAt }]) => [id, lastAt])),
  }
}

type Settlement = {
  readonly plan: CatalogPlan
  readonly schedule: Schedule
  readonly now: number
  /** Without the last, if that has to wait. */
  readonly settled: readonly Exclude<DueDecision, { readonly kind: 'wait' }>[]
  readonly unlisted: number
  readonly waiting: boolean
  readonly lastVersionAt: number | undefined
}

/** Nothing when its newest run waits and nothing else is due. A plan that cannot be read stops none of the others. */
function decideFor(
  kernel: ServerKernel,
  plan: CatalogPlan,
  gathered: Gathered,
  now: number,
): readonly Settlement[] {
  try {
    const schedule = scheduleFromJson(plan.schedule)
    const decided = decide(plan, { schedule, facts: factsOf(plan, gathered, now), now })
    const settled = decided.decisions.filter((decision) => decision.kind !== 'wait')
    const waiting = settled.length < decided.decisions.length
    if (waiting && settled.length === 0) return []
    const lastVersionAt = gathered.lastVersionAt.get(plan.instanceId)
    return [{ plan, schedule, now, settled, unlisted: decided.unlisted, waiting, lastVersionAt }]
  } catch (problem) {
    kernel.log.error({ plan: plan.id, problem }, 'the schedule of a plan cannot be read')
    return []
  }
}

function decide(
  plan: CatalogPlan,
  of: { readonly schedule: Schedule; readonly facts: PlanFacts; readonly now: number },
): DueDecisions {
  assert(plan.nextDueAt !== null, 'a plan that is due has a due time')
  // Plans from before there was a mark: everything before their due time is settled.
  const mark = plan.settledAt === 0 ? plan.nextDueAt - 1 : plan.settledAt
  return decideDueRuns({ ...of, settledAt: Math.max(mark, of.now - settledSpanMs) })
}

function factsOf(plan: CatalogPlan, gathered: Gathered, now: number): PlanFacts {
  const terms: PlanTerms = termsFromJson(plan.settings)
  const state = gathered.states.get(plan.instanceId)
  return {
    isPaused: plan.status !== 'ACTIVE',
    instanceExists: state !== undefined && state !== 'RELEASED',
    hasOpenJob: gathered.runs.get(plan.id)?.hasOpenJob ?? false,
    clientIsOnline: state === 'RUNNING' && isOnline(gathered.clients.get(plan.instanceId), now),
    windowIsOpen: true,
    runsMissed: terms.runMissed,
  }
}

/** @returns the jobs that were made; none when somebody else settled the plan */
async function settle(
  kernel: ServerKernel,
  trx: CatalogDb,
  settlement: Settlement,
): Promise<readonly Job[]> {
  const { plan, now, settled } = settlement
  const last = settled.at(-1)
  const settledAt = last?.due.dueAt ?? Math.min(plan.settledAt, now)
  const isGone = last?.kind === 'skip' && last.why === 'INSTANCE_GONE'
  const next = isGone ? undefined : nextDue(settlement.schedule, settledAt)
  const moved = { nextDueAt: next?.dueAt ?? null, settledAt, now }
  if (!(await settlePlan(trx, plan, moved))) return []
  if (settlement.unlisted > 0) {
    const { unlisted } = settlement
    kernel.log.warn({ plan: plan.id, unlisted }, 'due runs were missed that have no line')
  }
  const jobs: Job[] = []
  for (const decision of settled) {
    const draft = {
      ...backupDraft(kernel, plan, {
        now,
        trigger: decision.kind === 'run' ? decision.trigger : 'SCHEDULED',
        createdBy: null,
        lastVersionAt: settlement.lastVersionAt,
      }),
      planId: plan.id,
      dueAt: decision.due.dueAt,
    }
    const outcome =
      decision.kind === 'run'
        ? await createDueJob(trx, draft)
        : await recordSkippedRun(trx, draft, decision.why)
    if (outcome.kind !== 'existing') jobs.push(outcome.job)
  }
  return jobs
}
