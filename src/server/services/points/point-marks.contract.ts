/** How the life of a point may change: longer, held, or to the trash where nothing locks it (L3 to L9, C6). */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PointId, VaultId } from '#contract'
import { dayMs, type OpenMachine, PointsWorld } from './points-world.contract.ts'

type Place = { readonly vaultId: VaultId; readonly pointId: PointId }

function verbs(world: PointsWorld) {
  const context = () => world.as()
  return {
    get: async (path: Place) =>
      await world.points.get({ path, query: {}, body: undefined }, context()),
    extend: async (path: Place, until?: number) =>
      await world.points.extend(
        { path, query: {}, body: until === undefined ? {} : { until } },
        context(),
      ),
    hold: async (path: Place, reason: string) =>
      await world.points.hold({ path, query: {}, body: { reason } }, context()),
    release: async (path: Place) =>
      await world.points.releaseHold({ path, query: {}, body: { reason: 'over' } }, context()),
    remove: async (path: Place) =>
      await world.points.remove({ path, query: {}, body: undefined }, context()),
  }
}

async function twoPoints(
  open: OpenMachine,
  lock: 'off' | 'governed' | 'compliance',
  more: { readonly retentionDaysMax?: number } = {},
) {
  const world = await PointsWorld.make(open)
  writeFileSync(join(world.machine.folder, 'f'), 'f')
  const vaultId = await world.addVault('main', lock, more)
  const planId = await world.addPlan(vaultId)
  const { pointId } = await world.backup(vaultId, { planId })
  world.kernel.clock.advance(1_000)
  const newest = await world.backup(vaultId, { planId })
  return { world, old: { vaultId, pointId }, newest: { vaultId, pointId: newest.pointId } }
}

export function pointMarksContract(open: OpenMachine): void {
  test('a retention is extended to the very instant that was asked for, and never shortened (L4)', () =>
    extendsRetention(open))

  test('for ever is for ever (L4)', () => keepsForEver(open))

  test('a hold keeps a point, twice the same is once, and releasing it gives it no earlier end (L4)', () =>
    holdsAndReleases(open))

  test('a point without lock goes to the trash, the newest stays, and a refusal is told (C6, L11, L16)', () =>
    trashesWhatIsUnlocked(open))

  test('a locked point is removed by nobody before its time, and told so with the date (E1, L5)', () =>
    refusesWhatIsLocked(open))

  test('points of another account are not there', () => hidesFromOthers(open))
}

async function extendsRetention(open: OpenMachine): Promise<void> {
  const { world, old } = await twoPoints(open, 'compliance', { retentionDaysMax: 100 })
  await using _ = world
  const { get, extend } = verbs(world)
  const ends = (await get(old)).expiresAt ?? 0
  const later = await extend(old, ends + dayMs)
  equal(later.expiresAt, ends + dayMs)
  equal((await extend(old, ends + dayMs)).expiresAt, ends + dayMs)
  await rejects(extend(old, ends), { code: 'point.retention-refused' })
  await rejects(extend(old, 0), { code: 'point.retention-refused' })
  await rejects(extend(old, ends + 100 * dayMs), { code: 'retention.out-of-range' })
  await rejects(extend(old), { code: 'retention.out-of-range' })
  equal((await get(old)).expiresAt, ends + dayMs)
}

async function keepsForEver(open: OpenMachine): Promise<void> {
  const { world, old } = await twoPoints(open, 'off')
  await using _ = world
  const { extend, get } = verbs(world)
  equal((await extend(old)).expiresAt, undefined)
  equal((await extend(old)).expiresAt, undefined)
  await rejects(extend(old, world.kernel.wallMs() + 1_000 * dayMs), {
    code: 'point.retention-refused',
  })
  equal((await get(old)).expiresAt, undefined)
}

async function holdsAndReleases(open: OpenMachine): Promise<void> {
  const { world, old } = await twoPoints(open, 'off')
  await using _ = world
  const { get, hold, release, remove } = verbs(world)
  const before = await get(old)
  deepEqual((await hold(old, 'audit')).holds, [{ reason: 'audit' }])
  deepEqual((await hold(old, 'audit')).holds.length, 1)
  equal((await hold(old, 'court')).holds.length, 2)
  await rejects(remove(old), { code: 'point.held' })
  deepEqual(await release(old), before)
  deepEqual(await release(old), before)
}

async function trashesWhatIsUnlocked(open: OpenMachine): Promise<void> {
  const { world, old, newest } = await twoPoints(open, 'off')
  await using _ = world
  const { get, remove } = verbs(world)
  equal((await get(newest)).keptAsNewest, true)
  equal((await get(old)).keptAsNewest, false)
  await rejects(remove(newest), { code: 'point.newest' })
  deepEqual(
    world.notices.map(({ kind }) => kind),
    ['DELETION_REFUSED'],
  )
  await remove(old)
  await remove(old)
  const trashed = await get(old)
  const fortnight = world.kernel.wallMs() + 14 * dayMs
  ok(Math.abs((trashed.trashedUntil ?? 0) - fortnight) < dayMs, String(trashed.trashedUntil))
  const { vaultId } = old
  const list = async (isTrashed: boolean) =>
    (
      await world.points.list(
        { path: { vaultId }, query: { trashed: isTrashed }, body: undefined },
        world.as(),
      )
    ).items.map(({ pointId }) => pointId)
  deepEqual([await list(true), await list(false)], [[old.pointId], [newest.pointId]])
  await rejects(remove(newest), { code: 'point.newest' })
}

async function refusesWhatIsLocked(open: OpenMachine): Promise<void> {
  for (const lock of ['governed', 'compliance'] as const) {
    const { world, old } = await twoPoints(open, lock)
    await using _ = world
    const { get, remove } = verbs(world)
    const before = await get(old)
    equal(before.locked, true)
    await rejects(remove(old), { code: 'point.locked' })
    world.kernel.clock.set({ wallMs: world.kernel.wallMs() + 1_000 * dayMs })
    await rejects(remove(old), { code: 'point.locked' }, 'a wall clock ends no retention (T-1)')
    deepEqual(await get(old), before)
    world.kernel.clock.advance(31 * dayMs)
    equal((await get(old)).locked, false)
    await remove(old)
    await rejects(get(old), { code: 'point.not-found' })
  }
}

async function hidesFromOthers(open: OpenMachine): Promise<void> {
  const { world, old } = await twoPoints(open, 'off')
  await using _ = world
  const other = () => world.as('owner', world.kernel.catalog.newId('account'))
  const call = { path: old, query: {}, body: undefined } as const
  const missing = { code: /^(point|vault)\.not-found$/ }
  await rejects(world.points.get(call, other()), missing)
  await rejects(world.points.browse(call, other()), missing)
  await rejects(world.points.search({ ...call, query: { pattern: '*' } }, other()), missing)
  await rejects(world.points.remove(call, other()), missing)
  await rejects(world.points.extend({ ...call, body: {} }, other()), missing)
  await rejects(world.points.releaseHold({ ...call, body: { reason: 'x' } }, other()), missing)
}
