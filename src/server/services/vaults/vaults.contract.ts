/** What the handlers of vaults promise, on real vaults (E1 to E3, L1, L2, L7). */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ids, routes, tierSentences, type VaultId, writeAnswer } from '#contract'
import { updatePlan } from '../../catalog/index.ts'
import { regionId as region } from '../../catalog/world.contract.ts'
import { allPages, dayMs, type OpenMachine, PointsWorld } from '../points/points-world.contract.ts'
import { performDueRemovals, removalDelayMs } from './vault-removal.ts'

const regionId = ids.region.parse(region)

function verbs(world: PointsWorld) {
  const { vaults } = world
  const none = { query: {}, body: undefined } as const
  return {
    create: async (body: object) =>
      await vaults.create(
        { path: {}, query: {}, body: { regionId, name: 'main', ...body } },
        world.as(),
      ),
    list: async (query: object = {}) =>
      await vaults.list({ path: {}, query, body: undefined }, world.as()),
    get: async (vaultId: VaultId) => await vaults.get({ path: { vaultId }, ...none }, world.as()),
    update: async (vaultId: VaultId, body: object) =>
      await vaults.update({ path: { vaultId }, query: {}, body }, world.as()),
    proposeLock: async (vaultId: VaultId, to: 'governed' | 'compliance') =>
      await vaults.proposeLock({ path: { vaultId }, query: { to }, body: undefined }, world.as()),
    raise: async (vaultId: VaultId, to: 'governed' | 'compliance', confirmation: string) =>
      await vaults.raiseLock(
        { path: { vaultId }, query: {}, body: { to, confirmation } },
        world.as(),
      ),
    proposeRemoval: async (vaultId: VaultId) =>
      await vaults.proposeRemoval({ path: { vaultId }, ...none }, world.as()),
    remove: async (vaultId: VaultId, confirmation: string) =>
      await vaults.remove({ path: { vaultId }, query: {}, body: { confirmation } }, world.as()),
    keep: async (vaultId: VaultId) => await vaults.keep({ path: { vaultId }, ...none }, world.as()),
  }
}

async function worldOf(open: OpenMachine): Promise<PointsWorld> {
  const world = await PointsWorld.make(open)
  writeFileSync(join(world.machine.folder, 'f'), 'f')
  return world
}

function removalPorts(world: PointsWorld) {
  const notices = {
    raise: async (fact: (typeof world.notices)[number]) => void world.notices.push(fact),
  }
  return { kernel: world.kernel, notices }
}

export function vaultsContract(open: OpenMachine): void {
  shapingContract(open)
  lockingContract(open)
  removalContract(open)
}

function shapingContract(open: OpenMachine): void {
  test('a vault is made with its lock and range, listed by name, and changed, never its lock (E3)', () =>
    makesAndChanges(open))

  test('what cannot be made is refused and leaves nothing, not even its name', () =>
    refusesImpossible(open))

  test('a vault that does not answer is shown with its problem, and the others as they are', () =>
    showsUnreachable(open))
}

function lockingContract(open: OpenMachine): void {
  test('a lock is raised after its extent was shown and typed, covers old and new points, and never falls (E1, L1, L2)', () =>
    raisesLocks(open))
}

function removalContract(open: OpenMachine): void {
  test('a vault with locked points or plans is not deleted (E3, L7)', () => refusesRemoval(open))

  test('a deletion waits for its delay, can be taken back, and goes through the trash', () =>
    removesSlowly(open))

  test('what is held or locked during the delay keeps the vault, and its account is told (L5, L7)', () =>
    keepsWhatIsHeld(open))
}

async function makesAndChanges(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { create, list, get, update } = verbs(world)
  const made = await create({
    lock: 'compliance',
    retentionDaysMin: 7,
    retentionDaysMax: 90,
    tags: { a: 'b' },
  })
  deepEqual(
    [made.state, made.lock.state, made.retentionDaysMin, made.retentionDaysMax],
    ['CREATED', 'compliance', 7, 90],
  )
  equal(made.lock.tierSentence, tierSentences[made.lock.tier])
  writeAnswer(routes.vaults.create, made)
  const none = { path: {}, query: {}, body: undefined }
  deepEqual((await world.vaults.storages(none, world.as())).names, ['default', 'second'])
  equal(made.storage, 'default')
  await create({ name: 'second' })
  await create({ name: 'Another', description: 'two\nlines' })
  const names = async (query: object) =>
    (await allPages((cursor) => list({ limit: 2, cursor, ...query }))).items.map(({ name }) => name)
  deepEqual(await names({}), ['Another', 'main', 'second'])
  deepEqual(await names({ sort: '-name' }), ['second', 'main', 'Another'])
  deepEqual(await names({ search: 'an' }), ['Another'])
  const { next = '' } = await list({ limit: 1 })
  await rejects(list({ cursor: next, sort: '-name' }), { code: 'page.cursor-refused' })
  const changed = await update(made.vaultId, {
    name: 'renamed',
    quotaBytes: 5,
    alertSetting: 'inherit',
  })
  deepEqual([changed.name, changed.quotaBytes, changed.lock.state], ['renamed', 5, 'compliance'])
  const { quotaBytes: stays } = await update(made.vaultId, { tags: { team: 'web', dry: '' } })
  equal(stays, 5, 'what is not named stays')
  const without = await update(made.vaultId, { quotaBytes: null })
  deepEqual([without.quotaBytes, without.tags], [undefined, { team: 'web', dry: '' }])
  deepEqual((await update(made.vaultId, { tags: {} })).tags, {})
  await choosesWhoIsTold(world)
  await rejects(update(made.vaultId, { name: 'second' }), { code: 'record.exists' })
  equal((await get(made.vaultId)).name, 'renamed')
}

/** H4; what was chosen stays until somebody chooses again. */
async function choosesWhoIsTold(world: Awaited<ReturnType<typeof worldOf>>): Promise<void> {
  const { create, update } = verbs(world)
  const { vaultId, alertSetting } = await create({ name: 'told' })
  const night = ids.channel.parse('ch-00000000000000000000000001')
  const custom = await update(vaultId, { alertSetting: 'custom', alertChannelIds: [night] })
  const other = await update(vaultId, { description: 'other' })
  const off = await update(vaultId, { alertSetting: 'off' })
  deepEqual(
    [alertSetting, custom, other, off].map((one) =>
      typeof one === 'string' ? one : [one.alertSetting, one.alertChannelIds],
    ),
    ['account', ['custom', [night]], ['custom', [night]], ['off', []]],
  )
}

async function refusesImpossible(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { create, list } = verbs(world)
  await rejects(create({ storage: 'nowhere' }), { code: 'record.not-found' })
  await rejects(create({ regionId: ids.region.parse('elsewhere') }), { code: 'record.not-found' })
  await rejects(create({ retentionDaysMin: 9, retentionDaysMax: 8 }), {
    code: 'retention.out-of-range',
  })
  await rejects(create({ keyHolder: 'client' }), { code: 'request.invalid' })
  await rejects(create({ redundancy: 'ZRS' }), { code: 'request.invalid' })
  deepEqual((await list()).items, [])
  await create({})
  await rejects(create({}), { code: 'record.exists' })
  equal((await list()).items.length, 1)
}

async function showsUnreachable(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { create, list } = verbs(world)
  const lost = await create({ name: 'lost', lock: 'compliance' })
  await create({ name: 'there' })
  await world.gateway.drop(lost.vaultId)
  const { db } = world.kernel.catalog
  const place = JSON.stringify({ kind: 'folder', storage: 'gone', folder: 'x' })
  await db.updateTable('vaults').set({ place }).where('id', '=', lost.vaultId).execute()
  const { items } = await list()
  deepEqual(
    items.map(({ name, state, lock }) => [name, state, lock.state]),
    [
      ['lost', 'UNKNOWN', 'compliance'],
      ['there', 'CREATED', 'off'],
    ],
  )
  ok(items[0]?.problem !== undefined)
  writeAnswer(routes.vaults.list, { items })
  await rejects(
    world.vaults.get(
      { path: { vaultId: lost.vaultId }, query: {}, body: undefined },
      world.as('owner', world.kernel.catalog.newId('account')),
    ),
    { code: 'vault.not-found' },
  )
}

async function raisesLocks(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { proposeLock, raise, get } = verbs(world)
  const vaultId = await world.addVault()
  const first = await world.backup(vaultId)
  const proposal = await proposeLock(vaultId, 'governed')
  deepEqual([proposal.from, proposal.to, proposal.pointCount], ['off', 'governed', 1])
  ok(proposal.lastLockEndsAt !== undefined && proposal.says.length > 0)
  await rejects(raise(vaultId, 'governed', 'yes'), { code: 'confirmation.wrong' })
  equal((await get(vaultId)).lock.state, 'off')
  const raised = await raise(vaultId, 'governed', proposal.confirmation)
  deepEqual([raised.lock.state, raised.lock.lockedPointCount], ['governed', 1])
  equal((await raise(vaultId, 'governed', proposal.confirmation)).lock.state, 'governed')
  const { confirmation } = await proposeLock(vaultId, 'compliance')
  await rejects(raise(vaultId, 'compliance', proposal.confirmation), {
    code: 'confirmation.wrong',
  })
  equal((await raise(vaultId, 'compliance', confirmation)).lock.state, 'compliance')
  await rejects(proposeLock(vaultId, 'governed'), { code: 'vault.lock-not-raised' })
  await rejects(raise(vaultId, 'governed', proposal.confirmation), {
    code: 'vault.lock-not-raised',
  })
  const second = await world.backup(vaultId)
  for (const { pointId } of [first, second]) {
    const path = { vaultId, pointId }
    const call = { path, query: {}, body: undefined } as const
    equal((await world.points.get(call, world.as())).locked, true)
    await rejects(world.points.remove(call, world.as()), { code: 'point.locked' })
  }
  equal((await get(vaultId)).lock.state, 'compliance')
  deepEqual(
    world.notices.map(({ kind }) => kind),
    ['LOCK_EVENT', 'LOCK_EVENT', 'DELETION_REFUSED', 'DELETION_REFUSED'],
  )
}

async function refusesRemoval(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { proposeRemoval, remove } = verbs(world)
  const vaultId = await world.addVault('locked', 'compliance')
  await world.backup(vaultId)
  const proposal = await proposeRemoval(vaultId)
  deepEqual([proposal.pointCount, proposal.lockedPointCount], [1, 1])
  equal(proposal.removableAt, proposal.lastLockEndsAt)
  await rejects(remove(vaultId, proposal.confirmation), { code: 'vault.locked' })
  equal(world.notices[0]?.kind, 'DELETION_REFUSED')
  const busy = await world.addVault('busy')
  const planId = await world.addPlan(busy)
  const { confirmation } = await proposeRemoval(busy)
  await rejects(remove(busy, confirmation), { code: 'vault.in-use' })
  const { db } = world.kernel.catalog
  const canceled = { status: 'CANCELED', canceledAt: 1, nextDueAt: null } as const
  await updatePlan(db, { id: planId, expected: ['ACTIVE'] }, canceled)
  ok((await remove(busy, confirmation)).removableAt !== undefined)
}

async function removesSlowly(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { proposeRemoval, remove, keep, list } = verbs(world)
  const { clock } = world.kernel
  const { signal } = world.as()
  const due = async () =>
    (await performDueRemovals(removalPorts(world), signal)).map(({ id }) => id)
  const vaultId = await world.addVault()
  await world.backup(vaultId)
  const first = await proposeRemoval(vaultId)
  await world.backup(vaultId)
  await rejects(remove(vaultId, first.confirmation), { code: 'confirmation.wrong' })
  const { confirmation } = await proposeRemoval(vaultId)
  const { removableAt } = await remove(vaultId, confirmation)
  equal(removableAt, world.kernel.wallMs() + removalDelayMs)
  clock.advance(dayMs)
  equal(
    (await remove(vaultId, confirmation)).removableAt,
    removableAt,
    'asking again changes nothing',
  )
  deepEqual(await due(), [])
  await keep(vaultId)
  clock.advance(removalDelayMs)
  deepEqual(await due(), [])
  equal(
    (await world.gateway.state(vaultId, signal)).points.every(
      ({ state }) => state.trashedUntil === undefined,
    ),
    true,
  )
  await remove(vaultId, confirmation)
  clock.advance(removalDelayMs)
  deepEqual(await due(), [])
  const { points } = await world.gateway.state(vaultId, signal)
  equal(points.length, 2)
  ok(points.every(({ state }) => state.trashedUntil !== undefined))
  clock.advance(14 * dayMs)
  await world.gateway.maintain(vaultId, [], signal)
  deepEqual(await due(), [vaultId])
  deepEqual((await list()).items, [])
  await rejects(proposeRemoval(vaultId), { code: 'vault.not-found' })
}

async function keepsWhatIsHeld(open: OpenMachine): Promise<void> {
  await using world = await worldOf(open)
  const { proposeRemoval, remove, get } = verbs(world)
  const { signal } = world.as()
  const vaultId = await world.addVault()
  const { pointId } = await world.backup(vaultId)
  await remove(vaultId, (await proposeRemoval(vaultId)).confirmation)
  await world.gateway.hold(vaultId, pointId, 'audit', signal)
  world.kernel.clock.advance(removalDelayMs)
  deepEqual(await performDueRemovals(removalPorts(world), signal), [])
  const { points } = await world.gateway.state(vaultId, signal)
  deepEqual([points.length, points[0]?.state.trashedUntil], [1, undefined])
  equal(world.notices.at(-1)?.kind, 'DELETION_REFUSED')
  world.kernel.clock.advance(removalDelayMs)
  deepEqual(await performDueRemovals(removalPorts(world), signal), [], 'it is not tried again')
  equal((await get(vaultId)).pointCount, 1)
}
