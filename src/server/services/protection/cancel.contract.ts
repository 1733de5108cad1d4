/** Activation, cancelling and keep-at-least-one on real vaults: C6, C8, E1, L5, L9, L10. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { VaultId } from '#contract'
import { hurryChore, listChores } from '../../catalog/chores.ts'
import { clientDefaults } from '../../catalog/instances/client-defaults.ts'
import { createClient, findClient, listClientsOf } from '../../catalog/instances/clients.ts'
import { findInstance } from '../../catalog/instances/instances.ts'
import { listPlansOf } from '../../catalog/plans/plans.ts'
import { findVault, listVaults } from '../../catalog/vaults/vaults.ts'
import { addInstance, addPlan, hour, regionId } from '../../catalog/world.contract.ts'
import { openScheduler } from '../../scheduler/scheduler.ts'
import { vaultChore } from '../../scheduler/vault-chore.ts'
import { dayMs, type OpenMachine, PointsWorld } from '../points/points-world.contract.ts'
import { findOrMakeVault } from './default-vault.ts'
import { type ProtectionHandlers, protectionHandlers } from './index.ts'

export function cancelContract(open: OpenMachine): void {
  const inWorld = (
    sentence: string,
    check: (world: PointsWorld, handlers: ProtectionHandlers) => Promise<void>,
  ): void => {
    test(sentence, async () => {
      await using world = await PointsWorld.make(open)
      const ports = {
        push: undefined,
        installCommand: String,
        clientVersion: async () => undefined,
      }
      await check(world, protectionHandlers(world.kernel, ports))
    })
  }
  describeActivation(inWorld)
  describeCancel(inWorld)
  describeLocked(inWorld)
  describeKeepOne(inWorld)
}

type InWorld = (
  sentence: string,
  check: (world: PointsWorld, handlers: ProtectionHandlers) => Promise<void>,
) => void

/** A client on the world's instance that is there. */
async function addClient(world: PointsWorld) {
  const { kernel, accountId, instanceId } = world
  const now = kernel.wallMs()
  const id = kernel.catalog.newId('client')
  await createClient(kernel.catalog.db, {
    id,
    ...clientDefaults,
    accountId,
    regionId,
    instanceId,
    identity: new Uint8Array([1]),
    status: 'ACTIVATED',
    heardAt: now,
    settings: {},
    createdAt: now,
    updatedAt: now,
  })
  return id
}

function describeActivation(inWorld: InWorld): void {
  inWorld(
    'the first activation makes a vault that locks, the next ones share it (A1, E1)',
    async (world, handlers) => {
      const { kernel, accountId, instanceId } = world
      await addClient(world)
      const body = { instanceIds: [instanceId] }
      const { results } = await handlers.instances.activate(
        { path: {}, query: {}, body },
        world.as(),
      )
      deepEqual(
        results.map(({ accepted }) => accepted),
        [true],
      )
      const [plan] = await listPlansOf(kernel.catalog.db, [instanceId])
      ok(plan)
      const { signal } = world.as()
      equal((await kernel.vaults.state(plan.vaultId, signal)).lock, 'compliance')
      equal((await findVault(kernel.catalog.db, plan.vaultId))?.immutable, true)
      const again = await findOrMakeVault(kernel, { accountId, regionId }, signal)
      equal(again.id, plan.vaultId)
    },
  )

  inWorld('two first activations at once make one vault', async (world) => {
    const { kernel, accountId } = world
    const find = () => findOrMakeVault(kernel, { accountId, regionId }, world.as().signal)
    const [a, b] = await Promise.all([find(), find()])
    equal(a.id, b.id)
    equal((await listVaults(kernel.catalog.db, accountId)).length, 1)
  })

  inWorld('Essential backup refuses a vault that does not lock (E1)', async (world, handlers) => {
    await addClient(world)
    const vaultId = await world.addVault('open')
    const body = { instanceIds: [world.instanceId], vaultId }
    const { results } = await handlers.instances.activate({ path: {}, query: {}, body }, world.as())
    equal(results[0]?.problem?.code, 'plan.vault-unlocked')
  })
}

function describeCancel(inWorld: InWorld): void {
  inWorld(
    'unlocked points go to the trash, and only after what is lost was typed (C8, L9)',
    async (world, handlers) => {
      const { kernel, instanceId } = world
      const vaultId = await world.addVault('open')
      const planId = await world.addPlan(vaultId)
      const clientId = await addClient(world)
      const made = await world.backup(vaultId, { planId })
      const path = { planId }
      const proposal = await handlers.plans.proposeCancel(
        { path, query: {}, body: undefined },
        world.as(),
      )
      deepEqual(
        [proposal.pointCount, proposal.lockedPointCount, proposal.trashedPointCount],
        [1, 0, 1],
      )
      equal(proposal.confirmation, 'cancel backups of web-1 (1 point)')
      match(
        proposal.says.join(' '),
        /in the trash until .*then lost for good.*client is uninstalled/,
      )
      const cancel = (confirmation: string) =>
        handlers.plans.cancel({ path, query: {}, body: { confirmation } }, world.as())
      await rejects(cancel('cancel backups of web-1'), { code: 'confirmation.wrong' })
      ok((await listPlansOf(kernel.catalog.db, [instanceId])).length === 1, 'nothing was done')
      await cancel(proposal.confirmation)
      deepEqual(await listPlansOf(kernel.catalog.db, [instanceId]), [])
      const { points } = await kernel.vaults.state(vaultId, world.as().signal)
      deepEqual(
        points.map(({ id, state }) => [id, state.trashedUntil !== undefined]),
        [[made.pointId, true]],
      )
      equal((await findClient(kernel.catalog.db, clientId))?.status, 'UNINSTALLING')
      equal((await findInstance(kernel.catalog.db, instanceId))?.method, 'none')
    },
  )
}

function describeLocked(inWorld: InWorld): void {
  inWorld(
    'locked points stay until their dates, and can be restored (C8, E1, L9)',
    async (world, handlers) => {
      const { kernel } = world
      const vaultId = await world.addVault('locked', 'compliance')
      const planId = await world.addPlan(vaultId)
      await world.backup(vaultId, { planId })
      const path = { planId }
      const context = world.as()
      const call = { path, query: {}, body: undefined }
      const proposal = await handlers.plans.proposeCancel(call, context)
      deepEqual(
        [proposal.lockedPointCount, proposal.trashedPointCount, proposal.trashEndsAt],
        [1, 0, undefined],
      )
      const left = (proposal.lastLockEndsAt ?? 0) - kernel.wallMs()
      ok(Math.abs(left - 30 * dayMs) < hour, 'the lock ends in thirty days')
      equal(proposal.meteringEndsAt, proposal.lastLockEndsAt)
      await handlers.plans.cancel(
        { path, query: {}, body: { confirmation: proposal.confirmation } },
        context,
      )
      const { points } = await kernel.vaults.state(vaultId, context.signal)
      deepEqual(
        points.map(({ state }) => state.trashedUntil),
        [undefined],
      )
    },
  )

  inWorld(
    'an instance whose client was heard within the hour is not deleted; later it is (A5)',
    async (world, handlers) => {
      const { kernel, instanceId } = world
      const vaultId = await world.addVault('open')
      await world.addPlan(vaultId)
      await addClient(world)
      const path = { instanceId }
      const call = { path, query: {}, body: undefined }
      const { confirmation } = await handlers.instances.proposeRemoval(call, world.as())
      const remove = () =>
        handlers.instances.remove({ path, query: {}, body: { confirmation } }, world.as())
      await rejects(remove(), { code: 'client.seen-recently' })
      kernel.clock.advance(hour)
      await remove()
      equal((await findInstance(kernel.catalog.db, instanceId))?.state, 'RELEASED')
      equal((await listClientsOf(kernel.catalog.db, [instanceId])).size, 0)
    },
  )
}

/** Makes the vault due, looks, and waits for the end. */
async function maintain(world: PointsWorld, vaultId: VaultId): Promise<readonly string[]> {
  const { kernel } = world
  const notices = { raise: async () => {} }
  await using scheduler = openScheduler(kernel, { notices, periodic: [] })
  await hurryChore(kernel.catalog.db, vaultChore(vaultId), kernel.wallMs())
  await scheduler.look()
  await scheduler.idle()
  const [chore] = await listChores(kernel.catalog.db, vaultChore(vaultId))
  equal(chore?.problem, null)
  ok((chore?.dueAt ?? 0) > kernel.wallMs(), 'tomorrow again')
  return (await kernel.vaults.state(vaultId, world.as().signal)).points.map(({ id }) => id)
}

function describeKeepOne(inWorld: InWorld): void {
  inWorld(
    'expired points go, the newest version stays, until keeping it was off for an hour (C6, L5, L10)',
    async (world, handlers) => {
      const vaultId = await world.addVault('locked', 'compliance')
      const planId = await world.addPlan(vaultId)
      await handlers.plans.pause({ path: { planId }, query: {}, body: undefined }, world.as())
      const first = await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
      const second = await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
      deepEqual(new Set(await maintain(world, vaultId)), new Set([first.pointId, second.pointId]))
      world.kernel.clock.advance(3 * dayMs)
      deepEqual(await maintain(world, vaultId), [second.pointId], 'also while paused')
      const off = { path: { planId }, query: {}, body: { keep: false } }
      await handlers.plans.setKeepAtLeastOne(off, world.as())
      deepEqual(await maintain(world, vaultId), [second.pointId], 'not at once')
      world.kernel.clock.advance(hour)
      deepEqual(await maintain(world, vaultId), [])
    },
  )

  inWorld('a catalog that forgot its plans lets no newest version go (C6, E6)', async (world) => {
    const vaultId = await world.addVault('locked', 'compliance')
    const planId = await world.addPlan(vaultId)
    const made = await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
    await world.kernel.catalog.db.deleteFrom('plans').execute()
    await world.kernel.catalog.db.deleteFrom('points').execute()
    world.kernel.clock.advance(9 * dayMs)
    deepEqual(await maintain(world, vaultId), [made.pointId])
  })

  inWorld(
    'cancelled backups keep nothing: the last point goes on its date (C8)',
    async (world, handlers) => {
      const vaultId = await world.addVault('locked', 'compliance')
      const planId = await world.addPlan(vaultId)
      await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
      const path = { planId }
      const call = { path, query: {}, body: undefined }
      const { confirmation } = await handlers.plans.proposeCancel(call, world.as())
      await handlers.plans.cancel({ path, query: {}, body: { confirmation } }, world.as())
      equal((await maintain(world, vaultId)).length, 1, 'locked')
      world.kernel.clock.advance(3 * dayMs)
      deepEqual(await maintain(world, vaultId), [])
    },
  )

  inWorld('a clock set years ahead lets no point expire early (A10, F18)', async (world) => {
    const vaultId = await world.addVault('locked', 'compliance')
    const { accountId } = world
    const { id } = await addInstance(world.kernel.catalog, accountId, { name: 'other' })
    await addPlan(world.kernel.catalog, { accountId, vaultId, instanceId: id })
    const planId = await world.addPlan(vaultId)
    await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
    await world.backup(vaultId, { planId, retainForMs: 2 * dayMs })
    const { wallMs } = world.kernel.clock.now()
    world.kernel.clock.set({ wallMs: wallMs + 10 * 365 * dayMs })
    equal((await maintain(world, vaultId)).length, 2)
  })
}
