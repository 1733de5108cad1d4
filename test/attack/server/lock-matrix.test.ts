// A08 over the port of a server that is put together as it runs: every route of the table × every role, every scope of a
// token, agents and the public × every lock. After each call the vault itself is asked: no point ends earlier.
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Caller,
  callers,
  listLockRows,
  mayCall,
  type NamedRoute,
  routeList,
  type Scope,
  scopes,
} from '#contract'
import { performDueRemovals } from '#server'
import type { AskChoices } from '../../../src/server/http/listener-world.contract.ts'
import {
  addressOf,
  type SampleCall,
  sampleCalls,
} from '../../../src/server/http/sample-calls.contract.ts'
import { addToken, livesOf, openAttackWorld, whatIsShorter } from './attack-world.ts'
import { inDays, type LockScene, makeLockScene } from './lock-scene.ts'

const dayMs = 24 * 3_600_000
const yearMs = 365 * dayMs

type Bodies = (scene: LockScene) => Promise<readonly unknown[]>
const bare: Bodies = async () => [undefined]

/** What an attacker would send to each route that may touch the life of points; a new one fails until it is here. */
const hostile: Readonly<Record<string, Bodies>> = {
  'bindings.remove': bare,
  'instances.remove': async (scene) => [
    await proposed(scene, `/instances/${scene.ids.instance}/removal`),
    { confirmation: 'delete it' },
  ],
  'instances.update': async () => [{ tags: {} }, { name: 'other' }],
  'plans.cancel': async (scene) => [
    await proposed(scene, `/plans/${scene.planId}/cancel`),
    { confirmation: 'cancel backups' },
  ],
  'plans.setKeepAtLeastOne': async () => [{ keep: false }],
  'points.extend': async ({ world }) =>
    [-10_000, -1, 0, 1, 29, 30.5].map((days) => ({ until: inDays(world, days) })),
  'points.hold': async () => [{ reason: 'x' }],
  'points.releaseHold': async () => [{ reason: 'x' }],
  'points.remove': bare,
  'policies.update': async ({ world, vaultId }) =>
    [true, false].map((keepAtLeastOne) => ({
      rules: [
        {
          kind: 'BACKUP',
          schedule: { kind: 'days', every: 1, firstAt: inDays(world, 1) },
          vaultId,
        },
        { kind: 'LIFECYCLE', retention: { days: 1 }, keepAtLeastOne },
      ],
    })),
  'vaults.keep': bare,
  'vaults.raiseLock': async ({ lock }) =>
    ['governed', 'compliance', 'off'].flatMap((to) => [
      { to, confirmation: `lock vault-${lock} off` },
      { to, confirmation: 'x' },
    ]),
  'vaults.rebuildCatalog': bare,
  'vaults.remove': async (scene) => [
    await proposed(scene, `/vaults/${scene.vaultId}/removal`),
    { confirmation: 'delete' },
  ],
  'vaults.update': async () => [{ quotaBytes: 0 }, { alertSetting: 'off' }, { tags: {} }],
}

/** `npm run attack` tries routes too that say of themselves that they do nothing to points. */
const isWhole = process.env['HOLDFAST_ATTACK'] === 'whole'
const locks = isWhole ? (['governed', 'compliance'] as const) : (['governed'] as const)

/** Streams that do not end by themselves. */
const endless = ['server.events']

async function proposed({ world }: LockScene, path: string): Promise<unknown> {
  const { confirmation } = await world.must('GET', `/api/v1${path}`, world.as('owner'))
  return { confirmation }
}

test('every route that may touch the life of a point has its attacks (A08)', () => {
  const dangerous = new Set(listLockRows().map(({ name }) => name))
  deepEqual(Object.keys(hostile).sort(), [...dangerous].sort())
})

for (const lock of locks) {
  test(`nobody ends or shortens a point under the lock ${lock}, by any route (A08, A09, A10, L4-L8)`, async () => {
    await using world = await openAttackWorld()
    const scene = await makeLockScene(world, lock)
    // A client that was just heard would keep its instance from being removed.
    world.clock.advance(2 * 3_600_000)
    const before = await livesOf(world, scene.vaultId)
    const tried = await attackAll(scene, (shorter, what) => deepEqual(shorter, [], what))
    ok(tried.done > 20, `only ${tried.done} calls were carried out`)
    ok(tried.refused > 200, `only ${tried.refused} calls were refused`)
    const looked = async (what: string) => {
      const after = await livesOf(world, scene.vaultId)
      deepEqual(withoutHolds(whatIsShorter(before, after)), [], what)
    }
    await forgeCatalog(scene)
    await attackPoints(scene)
    await looked('after the rows of the catalog were forged (A09)')
    world.clock.moveWall(50 * yearMs)
    await maintain(scene)
    await looked('after a wall clock of 50 years ahead (A10)')
    world.clock.moveWall(-100 * yearMs)
    await maintain(scene)
    await looked('after a wall clock of 50 years ago (A10)')
  })
}

test('the same attacks do end points where no lock is: the matrix can see it', async () => {
  await using world = await openAttackWorld()
  const scene = await makeLockScene(world, 'off')
  world.clock.advance(2 * 3_600_000)
  const shortened = new Set<string>()
  await attackAll(scene, (shorter, what) => {
    if (shorter.length > 0) shortened.add(what.split(' ')[0] ?? '')
  })
  ok(shortened.has('points.remove'), [...shortened].join(' '))
})

/** Holds are the owner's to release; the date of the point counts again then. */
function withoutHolds(shorter: readonly string[]): readonly string[] {
  return shorter.filter((said) => !said.startsWith('hold '))
}

type Look = (shorter: readonly string[], what: string) => void

async function attackAll(scene: LockScene, look: Look) {
  const tried = { done: 0, refused: 0, isReleased: false }
  const before = await livesOf(scene.world, scene.vaultId)
  const list = routeList
    .filter(
      ({ name, route }) => !endless.includes(name) && (isWhole || route.class.effect !== 'none'),
    )
    .toSorted((a, b) => rankOf(a) - rankOf(b))
  const check = async (what: string) => {
    const shorter = whatIsShorter(before, await livesOf(scene.world, scene.vaultId))
    look(tried.isReleased ? withoutHolds(shorter) : shorter, what)
  }
  for (const named of list) {
    for (const caller of callersOf(named)) {
      const choices = await choicesOf(scene, caller)
      for (const call of await callsOf(scene, named)) {
        const said = await scene.world.ask(named.route.method, addressOf(named, call), {
          ...choices,
          ...(call.body === undefined ? {} : { body: call.body }),
        })
        const what = `${named.name} ${JSON.stringify(caller)} ${said.status} ${said.code}`
        ok(said.code !== 'server.fault' && said.status !== 500, `${what}: ${said.text}`)
        if (isRelease(named, caller)) tried.isReleased = true
        if (said.status >= 300) tried.refused++
        else tried.done++
        if (said.status < 300 && named.route.method !== 'GET') await check(what)
      }
    }
    // What was refused must have done nothing either.
    await check(named.name)
  }
  return tried
}

/** Reading first, then changes, then what takes away; a lock that is raised stays. */
function rankOf({ name, route }: NamedRoute): number {
  if (name === 'vaults.raiseLock') return 9
  if (name === 'points.hold') return 2
  if (name === 'points.releaseHold') return 5.5
  if (/^(instances|vaults|users)\.remove|^plans\.cancel/.test(name)) return 7
  if (route.method === 'DELETE') return 6
  if (route.class.effect !== 'none') return 5
  return route.method === 'GET' ? 0 : 1
}

type Attacker = Caller | { readonly token: readonly Scope[] }

/** Whoever the table lets in, and one whom it does not: all others are tried by the matrix of rights. */
function callersOf({ route }: NamedRoute): readonly Attacker[] {
  const dangerous = route.class.effect !== 'none'
  const mayNot = callers.find((caller) => !mayCall(route.class, caller))
  const people = dangerous
    ? callers
    : callers.filter((caller) => caller === mayNot || route.class.callers.includes(caller as never))
  const tokens = dangerous ? scopes.map((scope) => ({ token: [scope] })) : []
  return [...tokens, ...people.toReversed()]
}

async function choicesOf({ world, agent }: LockScene, caller: Attacker): Promise<AskChoices> {
  const { mine, server } = world
  if (caller === 'public') return {}
  if (caller === 'agent') return agent.choices
  const role = typeof caller === 'string' ? caller : 'owner'
  const of = { userId: mine.people[role].userId, accountId: mine.accountId }
  if (typeof caller === 'object')
    return { token: (await addToken(server.kernel, of, 'api', caller.token)).secret }
  const { secret, id } = await addToken(server.kernel, of, 'session')
  return { cookie: { ...mine.people[role], cookie: secret, tokenId: id } }
}

async function callsOf(scene: LockScene, named: NamedRoute): Promise<readonly SampleCall[]> {
  const makeBodies = hostile[named.name]
  const samples = sampleCalls(named, scene.ids)
  if (makeBodies === undefined) return samples
  const bodies = await makeBodies(scene)
  const [sample] = samples
  if (sample === undefined) return []
  const paths =
    'pointId' in sample.path
      ? scene.pointIds.map((pointId) => ({ ...sample.path, pointId }))
      : [sample.path]
  return paths.flatMap((path) => bodies.map((body) => ({ path, query: sample.query, body })))
}

function isRelease({ name }: NamedRoute, caller: Attacker): boolean {
  const mayRelease =
    caller === 'owner' || (typeof caller === 'object' && caller.token[0] === 'administer')
  return name === 'points.releaseHold' && mayRelease
}

/** As whoever holds the database could. */
async function forgeCatalog({ world, vaultId }: LockScene): Promise<void> {
  const { db } = world.server.kernel.catalog
  await db
    .updateTable('points')
    .set({ retainUntil: 1, holds: '[]' })
    .where('vaultId', '=', vaultId)
    .execute()
  await db.updateTable('vaults').set({ immutable: 0 }).where('id', '=', vaultId).execute()
  await db.updateTable('plans').set({ keepAtLeastOne: 0, keepChangedAt: 0 }).execute()
}

async function attackPoints(scene: LockScene): Promise<void> {
  const { world, vaultId, pointIds } = scene
  for (const pointId of pointIds)
    await world.ask('DELETE', `/api/v1/vaults/${vaultId}/points/${pointId}`, world.as('owner'))
  await maintain(scene)
}

async function maintain({ world, vaultId }: LockScene): Promise<void> {
  const { server } = world
  const { signal } = new AbortController()
  const notices = { raise: async () => {} }
  await performDueRemovals({ kernel: server.kernel, notices }, signal)
  await server.gateway.maintain(vaultId, [], signal)
}
