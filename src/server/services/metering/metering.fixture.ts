/** An account with machines whose versions the test places in time: noon of days of UTC+8, unless it says otherwise. */
import { assert } from '#base'
import type { AccountId, InstanceId, PlanId, RegionId, VaultId, VersionId } from '#contract'
import { createPlan, type Instance } from '../../catalog/index.ts'
import {
  addAccount,
  addInstance,
  addVault,
  planOf,
  regionId,
} from '../../catalog/world.contract.ts'
import type { Identity } from '../../identity.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'

export const gib = 2 ** 30

/** An instant of UTC+8: `2026-05-20 12:00`. */
export function at(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}:00+08:00`)
}

export type Machine = {
  readonly instanceId: InstanceId
  readonly planId: PlanId
  readonly vaultId: VaultId
}

export type MeteringWorld = TestKernel & {
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly owner: ReturnType<typeof contextOf>
}

export async function makeMeteringWorld(startsAt = at('2026-05-19 12:00')): Promise<MeteringWorld> {
  const kernel = await makeTestKernel({ startsAt })
  const accountId = await addAccountAt(kernel, 'first')
  const vaultId = await addVault(kernel.catalog, accountId, 'main')
  return { ...kernel, accountId, vaultId, owner: contextOf(ownerOf(kernel, accountId)) }
}

/** An account that was made now. */
export async function addAccountAt(kernel: TestKernel, name: string): Promise<AccountId> {
  const id = await addAccount(kernel.catalog, name)
  await kernel.catalog.db
    .updateTable('accounts')
    .set({ createdAt: kernel.wallMs() })
    .where('id', '=', id)
    .execute()
  return id
}

export function ownerOf(kernel: TestKernel, accountId: AccountId): Identity {
  return {
    kind: 'user',
    userId: kernel.catalog.newId('user'),
    accountId,
    role: 'owner',
    name: 'Owner',
    tokenId: kernel.catalog.newId('token'),
    scopes: undefined,
    isServerAccount: false,
  }
}

export async function addMachine(
  world: MeteringWorld,
  name: string,
  facts: {
    readonly gibibytes?: number
    readonly method?: 'essential' | 'policy'
    readonly vaultId?: VaultId
    readonly accountId?: AccountId
    readonly state?: Instance['state']
    readonly regionId?: RegionId
  } = {},
): Promise<Machine> {
  const { accountId = world.accountId, vaultId = world.vaultId, method = 'essential' } = facts
  const { id: instanceId } = await addInstance(world.catalog, accountId, {
    name,
    blockBytes: (facts.gibibytes ?? 40) * gib,
    ...(facts.regionId === undefined ? {} : { regionId: facts.regionId }),
    ...(facts.state === 'RELEASED' ? { state: 'RELEASED', releasedAt: world.wallMs() } : {}),
  })
  const plan = {
    ...planOf(world.catalog, { accountId, vaultId, instanceId }),
    method,
    regionId: facts.regionId ?? regionId,
  }
  assert(await createPlan(world.catalog.db, plan), 'the instance has no plan yet')
  return { instanceId, planId: plan.id, vaultId }
}

/** A version of the machine, with the block storage that it had then. */
export async function addVersion(
  world: MeteringWorld,
  machine: Machine,
  facts: { readonly at: number; readonly gibibytes?: number; readonly storedBytes?: number },
): Promise<VersionId> {
  const id = world.catalog.newId('version')
  const { db } = world.catalog
  const instance = await db
    .selectFrom('instances')
    .select(['accountId', 'regionId', 'blockBytes'])
    .where('id', '=', machine.instanceId)
    .executeTakeFirstOrThrow()
  await db
    .insertInto('versions')
    .values({
      vaultId: machine.vaultId,
      id,
      accountId: instance.accountId,
      regionId: instance.regionId,
      instanceId: machine.instanceId,
      planId: machine.planId,
      jobId: null,
      status: 'complete',
      createdAt: facts.at,
      retainUntil: null,
      blockBytes: facts.gibibytes === undefined ? instance.blockBytes : facts.gibibytes * gib,
      pointCount: 1,
      files: 1,
      sourceBytes: 1,
      newBytes: 1,
      storedBytes: facts.storedBytes ?? 1,
      failureCount: 0,
      trashedAt: null,
    })
    .execute()
  return id
}

export async function removeVersion(world: MeteringWorld, id: VersionId): Promise<void> {
  await world.catalog.db.deleteFrom('versions').where('id', '=', id).execute()
}
