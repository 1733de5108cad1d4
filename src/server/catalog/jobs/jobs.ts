/** Jobs: one run each. What may happen to one is in job-leases.ts and job-endings.ts; here they are made, found, listed. */
import { sql } from 'kysely'
import type {
  AccountId,
  InstanceId,
  JobId,
  JobKind,
  JobPhase,
  JobState,
  PlanId,
  PolicyId,
  RestoreJobId,
  SkipReason,
  Trigger,
  UserId,
  VaultId,
  VersionId,
} from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { selectFoundInstances, when } from '../database/search.ts'

export type Job = {
  readonly id: JobId | RestoreJobId
  readonly accountId: AccountId
  readonly regionId: string
  readonly kind: JobKind
  readonly trigger: Trigger
  readonly state: JobState
  readonly planId: PlanId | null
  readonly policyId: PolicyId | null
  /** Whose agent does it. */
  readonly instanceId: InstanceId
  /** Of a restore: where its points come from. */
  readonly sourceInstanceId: InstanceId | null
  readonly vaultId: VaultId
  /** Of a backup: what it made. Of a restore: what it reads. */
  readonly versionId: VersionId | null
  /** When the plan wanted it; a plan has one job of a due time. */
  readonly dueAt: number | null
  /** Of a restore: it looks at the target and changes nothing. */
  readonly dryRun: boolean
  /** What the agent is to do; of the shape that the contract says. */
  readonly request: JsonRecord
  readonly createdBy: UserId | null
  readonly createdAt: number
  /** No agent gets it before. */
  readonly availableAt: number
  /** When nobody took it until then, it ends as EXPIRED. */
  readonly expiresAt: number | null
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly updatedAt: number
  /** Which agent process has it, or had it last. */
  readonly holder: string | null
  readonly leaseUntil: number | null
  /** Counts the takings; a lease is one of them. */
  readonly attempt: number
  readonly attemptsMax: number
  readonly cancelRequestedAt: number | null
  readonly cancelRequestedBy: UserId | null
  readonly skipReason: SkipReason | null
  readonly phase: JobPhase
  readonly progress: JsonRecord
  /** Of the attempt: an older one that comes late changes nothing. */
  readonly progressNumber: number
  readonly warnings: readonly string[]
  readonly totals: JsonRecord
  readonly sourceBytes: number
  readonly storedBytes: number
  readonly failedCount: number
  readonly skippedCount: number
  readonly inconsistentCount: number
  readonly problemCode: string | null
  readonly problem: string | null
}

type JobJson = 'request' | 'progress' | 'totals' | 'warnings'
export type JobRow = Stored<Job, JobJson, 'dryRun'>
export const jobCodec: Codec<Job, JobJson, 'dryRun'> = codecOf<Job>()(
  ['request', 'progress', 'totals', 'warnings'],
  ['dryRun'],
)

export type JobDraft = Pick<
  Job,
  | 'id'
  | 'accountId'
  | 'regionId'
  | 'kind'
  | 'trigger'
  | 'planId'
  | 'policyId'
  | 'instanceId'
  | 'sourceInstanceId'
  | 'vaultId'
  | 'versionId'
  | 'dueAt'
  | 'request'
  | 'createdBy'
  | 'createdAt'
  | 'availableAt'
  | 'expiresAt'
  | 'attemptsMax'
> &
  Partial<Pick<Job, 'dryRun'>>

export function jobFromDraft(draft: JobDraft): Job {
  return {
    dryRun: false,
    ...draft,
    state: 'CREATED',
    startedAt: null,
    finishedAt: null,
    updatedAt: draft.createdAt,
    holder: null,
    leaseUntil: null,
    attempt: 0,
    cancelRequestedAt: null,
    cancelRequestedBy: null,
    skipReason: null,
    phase: 'waiting',
    progress: {},
    progressNumber: -1,
    warnings: [],
    totals: {},
    sourceBytes: 0,
    storedBytes: 0,
    failedCount: 0,
    skippedCount: 0,
    inconsistentCount: 0,
    problemCode: null,
    problem: null,
  }
}

export async function findJob(db: CatalogDb, id: Job['id']): Promise<Job | undefined> {
  const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}

/** The job of a plan that is waiting or at work. */
export async function findUnfinishedBackup(
  db: CatalogDb,
  planId: PlanId,
): Promise<Job | undefined> {
  const row = await db
    .selectFrom('jobs')
    .selectAll()
    .where('planId', '=', planId)
    .where('kind', '=', 'BACKUP')
    .where('finishedAt', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}

export type JobFilter = {
  readonly accountId: AccountId
  readonly regionId?: string | undefined
  readonly kind?: JobKind | undefined
  readonly states?: readonly JobState[] | undefined
  readonly planId?: PlanId | undefined
  readonly instanceId?: InstanceId | undefined
  readonly vaultId?: VaultId | undefined
  readonly trigger?: Trigger | undefined
  readonly dryRun?: boolean | undefined
  readonly createdFrom?: number | undefined
  readonly createdBefore?: number | undefined
  /** In the name, host name or addresses of the instance. */
  readonly search?: string | undefined
}

/** `dueAt` of a job that nobody scheduled is when it was made; `finishedAt` of one that runs, when it changed last. */
export type JobSort = SortOf<
  'createdAt' | 'updatedAt' | 'sourceBytes' | 'storedBytes' | 'dueAt' | 'finishedAt'
>

export async function listJobs(
  db: CatalogDb,
  filter: JobFilter,
  request: PageRequest & { readonly sort?: JobSort | undefined },
): Promise<Page<Job>> {
  const sort = request.sort ?? '-createdAt'
  const key = sortKeys[jobSortColumns[sort]]
  const page = await readPage(
    selectJobs(db, filter).selectAll('jobs'),
    {
      list: ['jobs', filter, sort],
      columns: [key.column, 'jobs.id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: key.valueOf(row), id: row.id }),
    },
    request,
  )
  return mapPage(page, jobCodec.fromRow)
}

const jobSortColumns = {
  createdAt: 'createdAt',
  '-createdAt': 'createdAt',
  updatedAt: 'updatedAt',
  '-updatedAt': 'updatedAt',
  sourceBytes: 'sourceBytes',
  '-sourceBytes': 'sourceBytes',
  storedBytes: 'storedBytes',
  '-storedBytes': 'storedBytes',
  dueAt: 'dueAt',
  '-dueAt': 'dueAt',
  finishedAt: 'finishedAt',
  '-finishedAt': 'finishedAt',
} as const satisfies Record<JobSort, keyof Job>

const sortKeys = {
  createdAt: { column: 'jobs.createdAt', valueOf: (row: JobRow) => row.createdAt },
  updatedAt: { column: 'jobs.updatedAt', valueOf: (row: JobRow) => row.updatedAt },
  sourceBytes: { column: 'jobs.sourceBytes', valueOf: (row: JobRow) => row.sourceBytes },
  storedBytes: { column: 'jobs.storedBytes', valueOf: (row: JobRow) => row.storedBytes },
  dueAt: {
    column: sql`coalesce(jobs.due_at, jobs.created_at)`,
    valueOf: (row: JobRow) => row.dueAt ?? row.createdAt,
  },
  finishedAt: {
    column: sql`coalesce(jobs.finished_at, jobs.updated_at)`,
    valueOf: (row: JobRow) => row.finishedAt ?? row.updatedAt,
  },
} as const

export type JobCount = { readonly state: JobState; readonly jobs: number }

export async function countJobs(db: CatalogDb, filter: JobFilter): Promise<readonly JobCount[]> {
  return await selectJobs(db, filter)
    .groupBy('jobs.state')
    .select(({ fn }) => ['jobs.state', fn.countAll<number>().as('jobs')])
    .orderBy('jobs.state')
    .execute()
}

/** The newest job of each instance: ids of a kind sort by their time. */
export async function listLatestJobs(
  db: CatalogDb,
  kind: JobKind,
  instanceIds: readonly InstanceId[],
): Promise<ReadonlyMap<InstanceId, Job>> {
  if (instanceIds.length === 0) return new Map()
  const newest = db
    .selectFrom('jobs')
    .where('kind', '=', kind)
    .where('instanceId', 'in', instanceIds)
    .groupBy('instanceId')
    .select(({ fn }) => fn.max('id').as('id'))
  const rows = await db.selectFrom('jobs').selectAll().where('id', 'in', newest).execute()
  return new Map(rows.map((row) => [row.instanceId, jobCodec.fromRow(row)]))
}

function selectJobs(db: CatalogDb, filter: JobFilter) {
  return db
    .selectFrom('jobs')
    .where((eb) =>
      eb.and([
        eb('jobs.accountId', '=', filter.accountId),
        ...when(filter.regionId, (regionId) => eb('jobs.regionId', '=', regionId)),
        ...when(filter.kind, (kind) => eb('jobs.kind', '=', kind)),
        ...when(filter.states, (states) => eb('jobs.state', 'in', states)),
        ...when(filter.planId, (planId) => eb('jobs.planId', '=', planId)),
        ...when(filter.instanceId, (instanceId) => eb('jobs.instanceId', '=', instanceId)),
        ...when(filter.vaultId, (vaultId) => eb('jobs.vaultId', '=', vaultId)),
        ...when(filter.trigger, (trigger) => eb('jobs.trigger', '=', trigger)),
        ...when(filter.dryRun, (dryRun) => eb('jobs.dryRun', '=', Number(dryRun))),
        ...when(filter.createdFrom, (from) => eb('jobs.createdAt', '>=', from)),
        ...when(filter.createdBefore, (before) => eb('jobs.createdAt', '<', before)),
        ...when(filter.search, (search) =>
          eb('jobs.instanceId', 'in', selectFoundInstances(db, filter.accountId, search)),
        ),
      ]),
    )
}

/** The version that a backup job makes: the one given, unless it has one already. */
export async function assignVersion(
  db: CatalogDb,
  jobId: Job['id'],
  versionId: VersionId,
): Promise<VersionId> {
  await db
    .updateTable('jobs')
    .set({ versionId })
    .where('id', '=', jobId)
    .where('versionId', 'is', null)
    .execute()
  const row = await db
    .selectFrom('jobs')
    .select('versionId')
    .where('id', '=', jobId)
    .executeTakeFirst()
  return row?.versionId ?? versionId
}
