/**
 * A08 for points and vaults: every route of theirs that may touch the life of a point, by every role, on every lock, with
 * what an attacker would send. Afterwards the vault itself is asked, time passes, what is due is carried out, and it is
 * asked again: no point is gone, none ends earlier. A route that is new in the table fails until it has its inputs here.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#base'
import { type PointId, type RouteSpec, roles, routes, type VaultId } from '#contract'
import { readLedger, readPoints } from '#vault'
import type { CallContext } from '../../handler.ts'
import { dayMs, type OpenMachine, PointsWorld } from '../points/points-world.contract.ts'
import { performDueRemovals, removalDelayMs } from './vault-removal.ts'

type Target = {
  readonly world: PointsWorld
  readonly vaultId: VaultId
  readonly pointIds: readonly PointId[]
}
type Attack = (target: Target, context: CallContext) => readonly (() => Promise<unknown>)[]

const attacks: Readonly<Record<string, Attack>> = {
  'points.extend': (target, context) => {
    const { world } = target
    const now = world.kernel.wallMs()
    const ends = [0, 1, now - 1, now, now + 1, now + dayMs, now + 29 * dayMs]
    return ofPoints(target, (path) =>
      ends.map((until) => () => world.points.extend({ path, query: {}, body: { until } }, context)),
    )
  },
  'points.hold': (target, context) =>
    ofPoints(target, (path) => [
      () => target.world.points.hold({ path, query: {}, body: { reason: 'x' } }, context),
    ]),
  'points.releaseHold': (target, context) =>
    ofPoints(target, (path) => [
      () => target.world.points.releaseHold({ path, query: {}, body: { reason: 'x' } }, context),
    ]),
  'points.remove': (target, context) =>
    ofPoints(target, (path) => {
      const once = () => target.world.points.remove({ path, query: {}, body: undefined }, context)
      return [once, once, () => Promise.all([once(), once()])]
    }),
  'vaults.update': ({ world, vaultId }, context) =>
    [
      { quotaBytes: 0 },
      { name: 'other' },
      { name: 'main' },
      { shareOverNetwork: true },
      { searchIndex: 'off', description: '', tags: {} } as const,
      { alertSetting: 'off' } as const,
    ].map((body) => () => world.vaults.update({ path: { vaultId }, query: {}, body }, context)),
  'vaults.raiseLock': ({ world, vaultId }, context) =>
    (['governed', 'compliance'] as const).flatMap((to) =>
      [`lock main ${to}`, 'lock main off', 'x'].map(
        (confirmation) => () =>
          world.vaults.raiseLock(
            { path: { vaultId }, query: {}, body: { to, confirmation } },
            context,
          ),
      ),
    ),
  'vaults.remove': ({ world, vaultId }, context) => [
    async () => {
      const call = { path: { vaultId }, query: {}, body: undefined } as const
      const { confirmation } = await world.vaults.proposeRemoval(call, context)
      return await world.vaults.remove({ ...call, body: { confirmation } }, context)
    },
    () =>
      world.vaults.remove(
        { path: { vaultId }, query: {}, body: { confirmation: 'delete main' } },
        context,
      ),
  ],
  'vaults.keep': ({ world, vaultId }, context) => [
    () => world.vaults.keep({ path: { vaultId }, query: {}, body: undefined }, context),
  ],
  'vaults.rebuildCatalog': ({ world, vaultId }, context) => [
    () => world.vaults.rebuildCatalog({ path: { vaultId }, query: {}, body: undefined }, context),
  ],
}

export function lockMatrixContract(open: OpenMachine): void {
  test('every route of points and vaults that can touch the life of a point is attacked (A08)', () => {
    deepEqual(Object.keys(attacks).sort(), listDangerous().sort())
  })

  for (const lock of ['governed', 'compliance'] as const) {
    test(`no role ends or shortens a point under the lock ${lock} (A08, E1, L4, L5, L7)`, async () => {
      await using world = await PointsWorld.make(open)
      const target = await prepare(world, lock)
      const before = await livesOf(target)
      let refused = 0
      // Raised locks stay raised, so that comes last.
      for (const name of listDangerous().sort(lastOf('vaults.raiseLock'))) {
        for (const role of roles) {
          refused += await attack(target, name, world.as(role))
          assertNoShorter(before, await livesOf(target), `${name} as ${role}`)
        }
      }
      ok(refused > roles.length * 10, `only ${refused} attacks were refused`)
      await letTimePass(target, removalDelayMs + dayMs)
      assertNoShorter(before, await livesOf(target), 'after the delay of a removal')
    })
  }

  test('the same attacks do end points where no lock is: the matrix can see it', async () => {
    await using world = await PointsWorld.make(open)
    const target = await prepare(world, 'off')
    const before = await livesOf(target)
    for (const name of ['points.releaseHold', 'points.remove'])
      await attack(target, name, world.as('owner'))
    await letTimePass(target, 15 * dayMs)
    const after = await livesOf(target)
    equal(after.size < before.size, true)
  })
}

function listDangerous(): string[] {
  const groups = { versions: routes.versions, points: routes.points, vaults: routes.vaults }
  return Object.entries(groups).flatMap(([group, verbs]) =>
    Object.entries<RouteSpec>(verbs).flatMap(([verb, spec]) =>
      spec.class.effect === 'none' ? [] : [`${group}.${verb}`],
    ),
  )
}

function lastOf(name: string): (a: string, b: string) => number {
  return (a, b) => Number(a === name) - Number(b === name)
}

/** One that ends in 30 days, one that was extended, one for ever, one on hold, and the newest. */
async function prepare(
  world: PointsWorld,
  lock: 'off' | 'governed' | 'compliance',
): Promise<Target> {
  const { signal } = world.as()
  const vaultId = await world.addVault('main', lock)
  const pointIds: PointId[] = []
  for (let at = 0; at < 5; at++) {
    writeFileSync(join(world.machine.folder, 'f'), String(at))
    world.kernel.clock.advance(1_000)
    pointIds.push((await world.backup(vaultId)).pointId)
  }
  const [, extended = '', forever = '', held = ''] = pointIds
  const { trustedNow } = await world.gateway.state(vaultId, signal)
  await world.gateway.extend(vaultId, extended, trustedNow + 60 * dayMs, signal)
  await world.gateway.extend(vaultId, forever, 'forever', signal)
  await world.gateway.hold(vaultId, held, 'audit', signal)
  return { world, vaultId, pointIds }
}

/** @returns how many calls were refused */
async function attack(target: Target, name: string, context: CallContext): Promise<number> {
  let refused = 0
  for (const call of attacks[name]?.(target, context) ?? []) {
    try {
      await call()
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      refused++
    }
  }
  return refused
}

/** Whatever was asked for and is due now is done. */
async function letTimePass({ world, vaultId }: Target, milliseconds: number): Promise<void> {
  const { signal } = world.as()
  world.kernel.clock.advance(milliseconds)
  const notices = { raise: async () => {} }
  await performDueRemovals({ kernel: world.kernel, notices }, signal)
  await world.gateway.maintain(vaultId, [], signal)
}

/** Trusted time until which each point lives, as its vault says, not the catalog. */
async function livesOf({ world, vaultId }: Target): Promise<ReadonlyMap<string, number>> {
  const { signal } = world.as()
  const { vault } = await world.gateway.host(vaultId, signal)
  const { points, lost } = await readPoints(vault, await readLedger(vault, signal), signal)
  deepEqual(lost, [])
  return new Map(
    points.map(({ id, state }) => {
      const own = state.retainUntil ?? Number.POSITIVE_INFINITY
      return [id, Math.min(own, state.trashedUntil ?? Number.POSITIVE_INFINITY)]
    }),
  )
}

function assertNoShorter(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  when: string,
): void {
  for (const [id, life] of before) {
    const now = after.get(id)
    ok(
      now !== undefined && now >= life,
      `${when}: ${id.slice(0, 8)} lived until ${life}, now ${now}`,
    )
  }
}

function ofPoints(
  { vaultId, pointIds }: Target,
  calls: (path: {
    readonly vaultId: VaultId
    readonly pointId: PointId
  }) => readonly (() => Promise<unknown>)[],
): readonly (() => Promise<unknown>)[] {
  return pointIds.flatMap((pointId) => calls({ vaultId, pointId }))
}
