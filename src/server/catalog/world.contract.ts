/** A catalog with an account, a region, a vault, an instance and its plan, for the suites that both databases pass. */

import { test } from 'node:test'
import { assert } from '#base'
import type { AccountId, InstanceId, PlanId, PointId, VaultId, VersionId } from '#contract'
import { createAccount, putRegion } from './accounts/accounts.ts'
import type { Catalog, CatalogDb } from './database/open-catalog.ts'
import { type Instance, putInstance } from './instances/instances.ts'
import type { DueJobDraft } from './jobs/job-creation.ts'
import type { JobEnding } from './jobs/job-endings.ts'
import type { JobLease } from './jobs/job-leases.ts'
import type { Job, JobDraft } from './jobs/jobs.ts'
import { type CatalogPlan, createPlan } from './plans/plans.ts'
import type { FilledPoint } from './vaults/fill-points.ts'
import { createVaultRow } from './vaults/vaults.ts'

export type OpenDatabase = {
  readonly catalog: Catalog
  /** The same database once more, as another server would open it. */
  readonly openAnother: () => Promise<Catalog>
  readonly close: () => Promise<void>
}

export type World = AsyncDisposable & {
  readonly catalog: Catalog
  readonly db: CatalogDb
  readonly openAnother: () => Promise<Catalog>
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly instanceId: InstanceId
  readonly planId: PlanId
}

export const regionId = 'hangzhou'
/** Some day of 2026. */
export const dayOne = 1_790_000_000_000
export const minute = 60_000
export const hour = 60 * minute

export async function makeWorld(open: () => Promise<OpenDatabase>): Promise<World> {
  const { catalog, openAnother, close } = await open()
  const { db } = catalog
  const accountId = await addAccount(catalog, 'first')
  const vaultId = await addVault(catalog, accountId, 'main')
  const { id: instanceId } = await addInstance(catalog, accountId, { name: 'web-1' })
  const { id: planId } = await addPlan(catalog, { accountId, vaultId, instanceId })
  return {
    catalog,
    db,
    openAnother,
    accountId,
    vaultId,
    instanceId,
    planId,
    [Symbol.asyncDispose]: close,
  }
}

/** @returns a test that has a world of its own, which goes with it */
export function worldTest(name: string, open: () => Promise<OpenDatabase>) {
  return (sentence: string, check: (world: World) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => {
      await using world = await makeWorld(open)
      await check(world)
    })
  }
}

export async function addAccount(catalog: Catalog, name: string): Promise<AccountId> {
  const id = catalog.newId('account')
  await createAccount(catalog.db, { id, name, timeZone: 'Asia/Shanghai', createdAt: dayOne })
  await putRegion(catalog.db, {
    id: regionId,
    accountId: id,
    name: 'Hangzhou',
    controlUrl: null,
    dataUrl: null,
    createdAt: dayOne,
  })
  return id
}

export async function addVault(
  catalog: Catalog,
  accountId: AccountId,
  name: string,
): Promise<VaultId> {
  const id = catalog.newId('vault')
  const isNew = await createVaultRow(catalog.db, {
    id,
    accountId,
    regionId,
    name,
    description: '',
    kind: 'standard',
    state: 'CREATED',
    place: { kind: 'directory', path: '/srv/vault' },
    redundancy: 'LRS',
    keyHolder: 'managed',
    wrappedKey: new Uint8Array([1, 2, 3]),
    wrappedBy: 'master-1',
    immutable: true,
    shareOverNetwork: false,
    quotaBytes: null,
    searchIndex: 'off',
    mirrorOf: null,
    alertSetting: 'account',
    alertChannels: [],
    tags: { team: 'blue' },
    sourceBytes: 0,
    storedBytes: 0,
    createdAt: dayOne,
    updatedAt: dayOne,
    deletionDueAt: null,
    deletedAt: null,
  })
  assert(isNew, 'the name of the vault is free')
  return id
}

export async function addInstance(
  catalog: Catalog,
  accountId: AccountId,
  facts: Partial<Instance> & { readonly name: string },
): Promise<Instance> {
  const instance: Instance = {
    id: catalog.newId('instance'),
    accountId,
    regionId,
    hostName: facts.name,
    kind: 'virtual',
    state: 'RUNNING',
    system: 'linux',
    architecture: 'x86-64',
    systemName: 'Debian 12',
    fingerprint: null,
    addresses: [],
    volumes: [],
    databases: [],
    blockBytes: 40 * 2 ** 30,
    method: 'none',
    tags: {},
    createdAt: dayOne,
    updatedAt: dayOne,
    releasedAt: null,
    ...facts,
  }
  await putInstance(catalog.db, instance)
  return instance
}

export function planOf(
  catalog: Catalog,
  of: Pick<CatalogPlan, 'accountId' | 'vaultId' | 'instanceId'>,
): CatalogPlan {
  return {
    id: catalog.newId('plan'),
    accountId: of.accountId,
    vaultId: of.vaultId,
    instanceId: of.instanceId,
    regionId,
    method: 'essential',
    policyId: null,
    bindingId: null,
    ruleId: null,
    status: 'ACTIVE',
    priority: 'low',
    schedule: {
      kind: 'daily',
      zone: 'Asia/Shanghai',
      minuteOfDay: 180,
      firstDate: '2026-01-01',
    },
    settings: {},
    retentionDays: 30,
    keepAtLeastOne: true,
    keepChangedAt: dayOne,
    nextDueAt: dayOne + hour,
    settledAt: dayOne,
    askedAt: null,
    createdBy: null,
    createdAt: dayOne,
    updatedAt: dayOne,
    canceledAt: null,
  }
}

export async function addPlan(
  catalog: Catalog,
  of: Pick<CatalogPlan, 'accountId' | 'vaultId' | 'instanceId'>,
): Promise<CatalogPlan> {
  const plan = planOf(catalog, of)
  assert(await createPlan(catalog.db, plan), 'the instance has no Essential plan')
  return plan
}

export function jobDraft(world: World, facts: Partial<JobDraft> = {}): JobDraft & { dueAt: null } {
  return {
    id: world.catalog.newId('job'),
    accountId: world.accountId,
    regionId,
    kind: 'BACKUP',
    trigger: 'MANUAL',
    planId: world.planId,
    policyId: null,
    instanceId: world.instanceId,
    sourceInstanceId: null,
    vaultId: world.vaultId,
    versionId: null,
    request: { paths: ['/'] },
    createdBy: null,
    createdAt: dayOne,
    availableAt: dayOne,
    expiresAt: null,
    attemptsMax: 30,
    ...facts,
    dueAt: null,
  }
}

export function dueDraft(world: World, dueAt: number, facts: Partial<JobDraft> = {}): DueJobDraft {
  const { planId } = world
  return { ...jobDraft(world, { trigger: 'SCHEDULED', ...facts }), planId, dueAt, createdAt: dueAt }
}

export function leaseOf(job: Job): JobLease {
  assert(job.holder !== null, 'a job that was taken has a holder')
  return { jobId: job.id, holder: job.holder, attempt: job.attempt }
}

export function ending(now: number, state: JobEnding['state'] = 'COMPLETE'): JobEnding {
  return {
    now,
    state,
    totals: { files: 3 },
    warnings: [],
    sourceBytes: 300,
    storedBytes: 100,
    failedCount: 0,
    skippedCount: 0,
    inconsistentCount: 0,
    problemCode: null,
    problem: null,
  }
}

export function pointOf(
  world: World,
  sequence: number,
  facts: Partial<FilledPoint> & { readonly versionId: VersionId },
): FilledPoint {
  return {
    id: sequence.toString(16).padStart(64, '0') as PointId,
    instanceId: world.instanceId,
    volume: '/',
    status: 'complete',
    sequence,
    createdAt: dayOne + sequence * minute,
    trustedAt: dayOne + sequence * minute,
    retainUntil: dayOne + 30 * 24 * hour,
    files: 10,
    directories: 2,
    sourceBytes: 1000,
    newBytes: 500,
    storedBytes: 200,
    failureCount: 0,
    holds: [],
    trashedAt: null,
    planId: world.planId,
    jobId: null,
    blockBytes: 40 * 2 ** 30,
    hostName: 'web-1',
    ...facts,
  }
}
