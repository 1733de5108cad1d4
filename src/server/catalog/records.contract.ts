/** The smaller records: people, tokens, clients, codes, plans, policies, idempotency keys. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { UserId } from '#contract'
import { createToken, findToken, revokeToken } from './accounts/tokens.ts'
import {
  countFailedLogin,
  createFirstUser,
  createUser,
  findUserByLogin,
  listRoles,
} from './accounts/users.ts'
import { createActivationCode, useActivationCode } from './instances/activation-codes.ts'
import { clientDefaults } from './instances/client-defaults.ts'
import {
  type Client,
  createClient,
  findClient,
  findClientByIdentity,
  markLostClients,
  recordContacts,
  removeClient,
  updateClient,
} from './instances/clients.ts'
import { claimMethod, releaseMethod } from './instances/instances.ts'
import { createRequestedJob } from './jobs/job-creation.ts'
import { cancelJob } from './jobs/job-leases.ts'
import { claimKey, keepAnswer, releaseKey } from './journal/idempotency-keys.ts'
import {
  advancePlan,
  createPlan,
  findNextDueTime,
  listDuePlans,
  updatePlan,
} from './plans/plans.ts'
import {
  createBinding,
  createPolicy,
  deletePolicy,
  findPolicy,
  listBindings,
  updatePolicy,
} from './plans/policies.ts'
import { addSessionPack, listSessionPacks, listUnfinishedPacks } from './vaults/session-packs.ts'
import { findVault, updateVault } from './vaults/vaults.ts'
import {
  dayOne,
  hour,
  jobDraft,
  minute,
  type OpenDatabase,
  planOf,
  regionId,
  type World,
  worldTest,
} from './world.contract.ts'

const secretHash = new Uint8Array(32).fill(7)

export function recordsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describePeople(inWorld)
  describeClients(inWorld)
  describePlans(inWorld)

  inWorld('a vault is read as it was written, keys included', async (world) => {
    const vault = await findVault(world.db, world.vaultId)
    deepEqual(vault?.place, { kind: 'directory', path: '/srv/vault' })
    deepEqual([vault?.immutable, vault?.shareOverNetwork], [true, false])
    deepEqual(new Uint8Array(vault?.wrappedKey ?? []), new Uint8Array([1, 2, 3]))
    const changed = await updateVault(world.db, world.vaultId, { storedBytes: 5, name: undefined })
    deepEqual([changed?.storedBytes, changed?.name], [5, 'main'])
  })

  inWorld('packs of an unfinished job are remembered until it ends (decision 6)', async (world) => {
    const { job } = await createRequestedJob(world.db, jobDraft(world))
    const pack = { jobId: job.id, vaultId: world.vaultId, pack: 'ab'.repeat(32), storedBytes: 9 }
    await addSessionPack(world.db, { ...pack, createdAt: dayOne })
    await addSessionPack(world.db, { ...pack, createdAt: dayOne + 1 })
    deepEqual(await listSessionPacks(world.db, job.id), [{ ...pack, createdAt: dayOne }])
    equal((await listUnfinishedPacks(world.db, world.vaultId)).length, 1)
    await cancelJob(world.db, job.id, { userId: null, now: dayOne })
    equal((await listUnfinishedPacks(world.db, world.vaultId)).length, 0)
  })

  inWorld('a call that is sent again finds the answer of the first (I2)', async (world) => {
    const { accountId } = world
    const key = { accountId, caller: 'u-1', name: 'k', requestHash: secretHash, createdAt: dayOne }
    const claim = { ...key, expiresAt: dayOne + hour }
    const claims = await Promise.all([claimKey(world.db, claim), claimKey(world.db, claim)])
    deepEqual(claims.map(({ kind }) => kind).toSorted(), ['first', 'unanswered'])
    const answer = { status: 201, answer: '{"id":1}' }
    await keepAnswer(world.db, claim, answer)
    deepEqual(await claimKey(world.db, claim), { kind: 'answered', ...answer })
    const another = { ...claim, requestHash: new Uint8Array(32) }
    deepEqual(await claimKey(world.db, another), { kind: 'other-request' })
    await releaseKey(world.db, claim)
    equal((await claimKey(world.db, claim)).kind, 'answered', 'an answer stays')
    const late = { ...claim, createdAt: dayOne + hour, expiresAt: dayOne + 2 * hour }
    deepEqual(await claimKey(world.db, late), { kind: 'first' })
  })
}

type WorldTest = ReturnType<typeof worldTest>

function describePeople(inWorld: WorldTest): void {
  inWorld('of two first users that are made at once, one is', async (world) => {
    await using other = await world.openAnother()
    const create = (db: World['db'], login: string) => {
      const user = userOf(world, login)
      const { id: userId, accountId } = user
      const grant = {
        userId,
        accountId,
        role: 'owner',
        grantedBy: null,
        grantedAt: dayOne,
      } as const
      return createFirstUser(db, user, grant)
    }
    const made = await Promise.all([create(world.db, 'ada'), create(other.db, 'bob')])
    deepEqual(made.toSorted(), [false, true])
    const user =
      (await findUserByLogin(world.db, 'ada')) ?? (await findUserByLogin(world.db, 'bob'))
    ok(user)
    equal((await listRoles(world.db, user.id))[0]?.role, 'owner')
    equal(user.mustChangePassword, true)
  })

  inWorld('failed sign-ins are all counted, and bar the user', async (world) => {
    const user = userOf(world, 'ada')
    await createUser(world.db, user)
    const fail = () => countFailedLogin(world.db, user.id, (n) => (n >= 5 ? dayOne + hour : null))
    deepEqual((await Promise.all([1, 2, 3, 4, 5].map(fail))).toSorted(), [1, 2, 3, 4, 5])
    equal((await findUserByLogin(world.db, 'ada'))?.barredUntil, dayOne + hour)
    equal(await createUser(world.db, userOf(world, 'ada')), false)
  })

  inWorld('a token serves until it is revoked or expires', async (world) => {
    const user = userOf(world, 'ada')
    await createUser(world.db, user)
    const token = {
      id: world.catalog.newId('token'),
      accountId: world.accountId,
      userId: user.id,
      kind: 'api',
      name: 'ci',
      hash: secretHash,
      scopes: ['read'],
      createdAt: dayOne,
      expiresAt: dayOne + hour,
      usedAt: null,
      revokedAt: null,
    } as const
    await createToken(world.db, token)
    deepEqual((await findToken(world.db, secretHash, dayOne))?.scopes, ['read'])
    equal(await findToken(world.db, secretHash, dayOne + hour), undefined)
    const stranger = { id: token.id, userId: world.catalog.newId('user') }
    equal(await revokeToken(world.db, stranger, dayOne), false)
    equal(await revokeToken(world.db, token, dayOne), true)
    equal(await findToken(world.db, secretHash, dayOne), undefined)
  })
}

function describeClients(inWorld: WorldTest): void {
  inWorld(
    'of eight that use an activation code, one gets it; none after its time (A2)',
    async (world) => {
      await using other = await world.openAnother()
      const code = {
        id: world.catalog.newId('code'),
        accountId: world.accountId,
        regionId,
        instanceId: null,
        hash: secretHash,
        plan: { priority: 'low' },
        createdBy: null,
        createdAt: dayOne,
        expiresAt: dayOne + 15 * minute,
        usedAt: null,
        usedBy: null,
      }
      await createActivationCode(world.db, code)
      const use = (db: World['db'], now: number) =>
        useActivationCode(db, secretHash, { clientId: world.catalog.newId('client'), now })
      equal(await use(world.db, code.expiresAt), undefined)
      const uses = await Promise.all(
        Array.from({ length: 8 }, (_, at) => use(at % 2 === 0 ? world.db : other.db, dayOne)),
      )
      equal(uses.filter((used) => used !== undefined).length, 1)
    },
  )

  inWorld(
    'contacts are recorded together; silence makes a client lost, a word brings it back',
    async (world) => {
      const client = await addClient(world)
      const contact = { clientId: client.id, process: 'p1', version: '1.0', heardAt: dayOne + hour }
      await recordContacts(world.db, [contact, { ...contact, heardAt: dayOne }])
      equal((await findClient(world.db, client.id))?.heardAt, dayOne + hour, 'time goes forward')
      deepEqual(await markLostClients(world.db, dayOne + hour, dayOne + hour), [])
      const [lost] = await markLostClients(world.db, dayOne + hour + 1, dayOne + 2 * hour)
      deepEqual([lost?.id, lost?.status], [client.id, 'UNKNOWN'])
      await recordContacts(world.db, [{ ...contact, heardAt: dayOne + 3 * hour }])
      equal((await findClient(world.db, client.id))?.status, 'ACTIVATED')
    },
  )

  inWorld(
    'a revoked identity is found as revoked and its contacts do not count (A02)',
    async (world) => {
      const client = await addClient(world)
      await updateClient(world.db, client.id, { revokedAt: dayOne })
      equal((await findClientByIdentity(world.db, secretHash))?.revokedAt, dayOne)
      const contact = {
        clientId: client.id,
        process: 'thief',
        version: '1',
        heardAt: dayOne + hour,
      }
      await recordContacts(world.db, [contact])
      equal((await findClient(world.db, client.id))?.process, null)
    },
  )

  inWorld(
    'a client that was heard lately is not removed; states change from expected ones only (A5)',
    async (world) => {
      const client = await addClient(world)
      const contact = { clientId: client.id, process: 'p', version: '1', heardAt: dayOne + hour }
      await recordContacts(world.db, [contact])
      equal(await createClient(world.db, { ...client, id: world.catalog.newId('client') }), false)
      const upgrade = { status: 'UPGRADING' } as const
      equal(await updateClient(world.db, client.id, upgrade, ['STOPPED']), undefined)
      ok(await updateClient(world.db, client.id, upgrade, ['ACTIVATED']))
      equal(await removeClient(world.db, client.id, dayOne + minute), 'refused')
      equal(await removeClient(world.db, client.id, dayOne + hour), 'removed')
    },
  )
}

function describePlans(inWorld: WorldTest): void {
  inWorld('an instance has one Essential plan, until it is cancelled', async (world) => {
    equal(await createPlan(world.db, planOf(world.catalog, world)), false)
    const canceled = { status: 'CANCELED', canceledAt: dayOne, nextDueAt: null } as const
    ok(await updatePlan(world.db, { id: world.planId, expected: ['ACTIVE'] }, canceled))
    equal(await createPlan(world.db, planOf(world.catalog, world)), true)
  })

  inWorld('a due plan is moved on by one scheduler (C1)', async (world) => {
    await using other = await world.openAnother()
    const dueAt = dayOne + hour
    equal(await findNextDueTime(world.db), dueAt)
    deepEqual(await listDuePlans(world.db, dueAt - 1, 10), [])
    const [due] = await listDuePlans(world.db, dueAt, 10)
    equal(due?.id, world.planId)
    const next = { nextDueAt: dueAt + 24 * hour, now: dueAt }
    const moved = await Promise.all(
      [world.db, other.db, world.db, other.db].map((db) =>
        advancePlan(db, { id: world.planId, dueAt }, next),
      ),
    )
    deepEqual(moved.filter(Boolean), [true])
    equal(await findNextDueTime(world.db), next.nextDueAt)
  })

  inWorld('an instance is protected one way at a time, whoever claims it (A7)', async (world) => {
    await using other = await world.openAnother()
    const claim = (db: World['db'], method: 'essential' | 'policy') =>
      claimMethod(db, world.instanceId, { method, now: dayOne })
    const [one, two] = await Promise.all([claim(world.db, 'essential'), claim(other.db, 'policy')])
    equal(one, two, 'the one who is refused learns the method that it has')
    await releaseMethod(world.db, world.instanceId, dayOne)
    equal(await claim(world.db, 'policy'), 'policy')
    equal(
      await claimMethod(world.db, world.catalog.newId('instance'), { method: 'policy', now: 0 }),
      undefined,
    )
  })

  inWorld(
    'a policy in use is not deleted; of two edits of a revision one counts (C7)',
    async (world) => {
      const policy = policyOf(world)
      ok(await createPolicy(world.db, policy))
      equal(await createPolicy(world.db, { ...policyOf(world) }), false, 'the name is taken')
      const change = { rules: [{ kind: 'BACKUP' }], updatedAt: dayOne + 1 }
      equal((await updatePolicy(world.db, policy, change))?.revision, 2)
      equal(await updatePolicy(world.db, policy, change), undefined)
      equal(await createBinding(world.db, bindingOf(world, policy)), 'created')
      equal(await createBinding(world.db, bindingOf(world, policy)), 'bound')
      equal(await deletePolicy(world.db, policy.id, dayOne), 'in-use')
      equal((await findPolicy(world.db, policy.id))?.deletedAt, null)
      equal((await listBindings(world.db, { policyId: policy.id })).length, 1)
      const unused = { ...policyOf(world), name: 'unused' }
      await createPolicy(world.db, unused)
      equal(await deletePolicy(world.db, unused.id, dayOne), 'deleted')
      equal(await createBinding(world.db, bindingOf(world, unused)), 'policy-gone')
    },
  )
}

async function addClient(world: World): Promise<Client> {
  const client: Client = {
    ...clientDefaults,
    id: world.catalog.newId('client'),
    accountId: world.accountId,
    regionId,
    instanceId: world.instanceId,
    status: 'ACTIVATED',
    identity: secretHash,
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  }
  ok(await createClient(world.db, client))
  return client
}

function userOf(world: World, login: string) {
  const id: UserId = world.catalog.newId('user')
  return {
    id,
    accountId: world.accountId,
    name: login,
    login,
    email: null,
    passwordHash: null,
    totpSecret: null,
    status: 'ACTIVE',
    mustChangePassword: true,
    failedLogins: 0,
    barredUntil: null,
    createdAt: dayOne,
    lastLoginAt: null,
  } as const
}

function policyOf(world: World) {
  return {
    id: world.catalog.newId('policy'),
    accountId: world.accountId,
    regionId,
    name: 'nightly',
    description: '',
    rules: [],
    revision: 1,
    createdAt: dayOne,
    updatedAt: dayOne,
    deletedAt: null,
  }
}

function bindingOf(world: World, policy: ReturnType<typeof policyOf>) {
  return {
    id: world.catalog.newId('binding'),
    accountId: world.accountId,
    regionId,
    policyId: policy.id,
    instanceId: world.instanceId,
    status: 'ACTIVE',
    createdByTag: false,
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  } as const
}
