/** Which plan or job a word means: its id, or the instance that it is of. */
import { failure } from '#base'
import {
  type ApiClient,
  finalJobStates,
  ids,
  type Job,
  type JobState,
  type Plan,
  type RestoreJob,
  routes,
} from '#contract'
import type { ArgumentSpec } from '../command.ts'
import { printable } from '../printable.ts'
import { findInstance } from './find-instance.ts'

export const planArgument: ArgumentSpec = {
  name: 'INSTANCE',
  about: 'the instance whose plan is meant, by name or id; or the id of the plan',
  count: 'one',
}

/** @throws name.unknown, name.ambiguous */
export async function findPlan(api: ApiClient, word: string): Promise<Plan> {
  const whole = ids.plan.safeParse(word)
  if (whole.success) return await api.call(routes.plans.get, { path: { planId: whole.data } })
  const { instanceId, name } = await findInstance(api, word, 'living')
  const plans: Plan[] = []
  for await (const plan of api.list(routes.plans.list, { query: { instanceId } })) plans.push(plan)
  const living = plans.filter(({ status }) => status !== 'CANCELED')
  const [first] = living
  if (first !== undefined && living.length === 1) return first
  if (first === undefined) {
    const near = plans.length === 0 ? '; the instance is not activated' : '; it was cancelled'
    throw failure('name.unknown', { kind: 'backup plan of', name: printable(name), near })
  }
  const found = living.map(({ planId }) => planId).join('; ')
  throw failure('name.ambiguous', { name: printable(name), count: living.length, found })
}

/** Those of the newest that are looked through for the first digits of an id. */
const jobsLookedAt = 2_000

/** Of an instance: the one that is under way, or else the newest. @throws name.unknown, name.ambiguous */
export async function findJob(api: ApiClient, word: string): Promise<Job> {
  const whole = ids.job.safeParse(word)
  if (whole.success) return await api.call(routes.jobs.get, { path: { jobId: whole.data } })
  if (/^job-[0-9a-z]+$/.test(word))
    return await begunWith(word, api.list(routes.jobs.list, newest), ({ jobId }) => jobId)
  const { instanceId } = await findInstance(api, word)
  return await underWay(word, api.list(routes.jobs.list, { query: { instanceId } }))
}

/** Of an instance: those that restore to it. @throws name.unknown, name.ambiguous */
export async function findRestoreJob(api: ApiClient, word: string): Promise<RestoreJob> {
  const whole = ids.restoreJob.safeParse(word)
  if (whole.success)
    return await api.call(routes.restoreJobs.get, { path: { restoreJobId: whole.data } })
  if (/^r-[0-9a-z]+$/.test(word)) {
    const all = api.list(routes.restoreJobs.list, newest)
    return await begunWith(word, all, ({ restoreJobId }) => restoreJobId)
  }
  const { instanceId } = await findInstance(api, word)
  return await underWay(word, api.list(routes.restoreJobs.list, { query: { instanceId } }))
}

const newest = { query: { limit: 500 } } as const

async function begunWith<Item>(
  word: string,
  items: AsyncIterable<Item>,
  idOf: (item: Item) => string,
): Promise<Item> {
  const found: Item[] = []
  let seen = 0
  for await (const item of items) {
    if (idOf(item).startsWith(word)) found.push(item)
    if (++seen === jobsLookedAt) break
  }
  const [first] = found
  if (first === undefined) throw failure('name.unknown', { kind: 'job', name: word, near: '' })
  if (found.length === 1) return first
  const told = found.slice(0, 5).map(idOf).join('; ')
  throw failure('name.ambiguous', { name: word, count: found.length, found: told })
}

async function underWay<Item extends { readonly state: JobState }>(
  word: string,
  items: AsyncIterable<Item>,
): Promise<Item> {
  let newestOne: Item | undefined
  let seen = 0
  for await (const item of items) {
    newestOne ??= item
    if (!finalJobStates.includes(item.state)) return item
    // What is under way is among the newest.
    if (++seen === 50) break
  }
  if (newestOne !== undefined) return newestOne
  throw failure('name.unknown', { kind: 'job of', name: printable(word), near: '' })
}
