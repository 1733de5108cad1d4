/** Who comes in and who stays: what several servers over one catalog may do at the same time. */
import { deepEqual, equal } from 'node:assert/strict'
import type { UserId } from '#contract'
import { transact } from '../database/transact.ts'
import { dayOne, hour, type OpenDatabase, type World, worldTest } from '../world.contract.ts'
import {
  findMember,
  hasUsers,
  listMembers,
  lockAccount,
  lockServer,
  recordSignIn,
  removeUser,
  replacePassword,
  resetPassword,
  revokeOtherSessions,
  trimSessions,
} from './members.ts'
import {
  findSecondFactor,
  putPendingFactor,
  removeSecondFactor,
  useStep,
} from './second-factors.ts'
import { createToken, findToken, listTokens, type Token } from './tokens.ts'
import { createUser, findUser, grantRole, updateUser } from './users.ts'

export function membersContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describeSignIns(inWorld)
  describeSessions(inWorld)
  describeTogether(inWorld)

  inWorld('a code of a step counts once, and none of an earlier step after it', async (world) => {
    const { db } = world
    const userId = await addMember(world, 'ada')
    const tries = await Promise.all([7, 7, 7].map((step) => useStep(db, userId, step)))
    deepEqual(tries.toSorted(), [false, false, true])
    deepEqual([await useStep(db, userId, 6), await useStep(db, userId, 8)], [false, true])
  })

  inWorld(
    'a factor that is set up does not touch the last step, and goes with it',
    async (world) => {
      const { db } = world
      const userId = await addMember(world, 'ada')
      await putPendingFactor(db, userId, { secret: new Uint8Array([1]), at: dayOne })
      await useStep(db, userId, 5)
      await putPendingFactor(db, userId, { secret: new Uint8Array([2]), at: dayOne + 1 })
      const facts = { userId, pendingAt: dayOne + 1, lastStep: 5 }
      const found = await findSecondFactor(db, userId)
      // One database gives a Buffer, which is a Uint8Array of its own.
      const pending = [...(found?.pending ?? [])]
      deepEqual({ ...found, pending }, { ...facts, pending: [2] })
      await putPendingFactor(db, userId, undefined)
      deepEqual(await findSecondFactor(db, userId), { ...facts, pending: null, pendingAt: null })
      await updateUser(db, userId, { totpSecret: new Uint8Array([3]) })
      await removeSecondFactor(db, userId)
      equal((await findUser(db, userId))?.totpSecret, null)
      equal(await findSecondFactor(db, userId), undefined)
    },
  )

  inWorld('a user is removed with all that lets in, and other users stay', async (world) => {
    const { db } = world
    const [ada, bob] = [await addMember(world, 'ada'), await addMember(world, 'bob')]
    await addSession(world, ada)
    const kept = await addSession(world, bob)
    await useStep(db, ada, 1)
    await removeUser(db, ada)
    equal(await findMember(db, ada), undefined)
    equal((await findMember(db, bob))?.role, 'owner')
    equal((await findToken(db, kept.hash, dayOne))?.id, kept.id)
  })
}

type InWorld = (sentence: string, check: (world: World) => Promise<void>) => void

function describeSignIns(inWorld: InWorld): void {
  inWorld(
    'a sign-in counts for the hash that was compared, of a user who is active',
    async (world) => {
      const { db } = world
      const userId = await addMember(world, 'ada')
      const signIn = (passwordHash: string) =>
        recordSignIn(db, { userId, passwordHash, newHash: 'new' }, dayOne)
      equal(await signIn('other'), false)
      equal(await signIn('hash'), true)
      equal((await findUser(db, userId))?.passwordHash, 'new')
      equal(await signIn('hash'), false)
      await updateUser(db, userId, { status: 'DISABLED' })
      equal(await signIn('new'), false)
    },
  )

  inWorld('of two who change a password at once, one did', async (world) => {
    const userId = await addMember(world, 'ada')
    const tries = ['a', 'b', 'c'].map((newHash) =>
      replacePassword(world.db, { userId, passwordHash: 'hash', newHash }),
    )
    deepEqual((await Promise.all(tries)).toSorted(), [false, false, true])
  })

  inWorld('a sign-in and a new password at once leave no sign-in of the old one', async (world) => {
    const { db } = world
    for (let round = 0; round < 5; round++) {
      const userId = await addMember(world, `user-${round}`)
      const signIn = transact(db, async (trx) => {
        const of = { userId, passwordHash: 'hash', newHash: 'hash' }
        if (await recordSignIn(trx, of, dayOne)) await addSession({ ...world, db: trx }, userId)
      })
      await Promise.all([signIn, resetPassword(db, userId, { passwordHash: 'b', now: dayOne })])
      deepEqual(await listTokens(db, userId, 'session'), [])
    }
  })
}

function describeSessions(inWorld: InWorld): void {
  inWorld('other sign-ins end, tokens of programs and this one stay', async (world) => {
    const { db } = world
    const userId = await addMember(world, 'ada')
    const [own] = [await addSession(world, userId), await addSession(world, userId)]
    const program = await addSession(world, userId, { kind: 'api' })
    await revokeOtherSessions(db, { userId, except: own.id }, dayOne)
    const living = [
      ...(await listTokens(db, userId, 'session')),
      ...(await listTokens(db, userId, 'api')),
    ]
    deepEqual(
      living.map(({ id }) => id),
      [own.id, program.id],
    )
  })

  inWorld('the newest sign-ins stay, long ended ones are forgotten', async (world) => {
    const { db } = world
    const userId = await addMember(world, 'ada')
    const made: Token[] = []
    for (let at = 0; at < 4; at++) {
      const createdAt = dayOne + at
      made.push(await addSession(world, userId, { createdAt, expiresAt: dayOne + at * hour }))
    }
    await trimSessions(db, userId, { sessionsMax: 2, endedBefore: dayOne + hour, now: dayOne })
    const living = await listTokens(db, userId, 'session')
    // In which order they are listed is of no matter here.
    deepEqual(
      living.map(({ id }) => id).toSorted(),
      made
        .slice(2)
        .map(({ id }) => id)
        .toSorted(),
    )
    const rows = await db.selectFrom('tokens').select('id').execute()
    equal(rows.length, 3)
  })
}

function describeTogether(inWorld: InWorld): void {
  inWorld('of servers that set up at once, one makes the first user', async (world) => {
    const others = [await world.openAnother(), await world.openAnother()]
    const setUp = async (db: World['db'], login: string): Promise<boolean> =>
      await transact(db, async (trx) => {
        await lockServer(trx, dayOne)
        if (await hasUsers(trx)) return false
        await addMember({ ...world, db: trx }, login)
        return true
      })
    try {
      const databases = [world.db, ...others.map(({ db }) => db)]
      const made = await Promise.all(databases.map((db, i) => setUp(db, `user-${i}`)))
      deepEqual(made.toSorted(), [false, false, true])
    } finally {
      for (const other of others) await other.close()
    }
  })

  inWorld('two owners who leave at once, on two servers: one stays', async (world) => {
    const other = await world.openAnother()
    const leave = async (db: World['db'], userId: UserId): Promise<boolean> =>
      await transact(db, async (trx) => {
        await lockAccount(trx, world.accountId)
        const members = await listMembers(trx, world.accountId)
        if (!members.some(({ id, role }) => id !== userId && role === 'owner')) return false
        await removeUser(trx, userId)
        return true
      })
    try {
      for (let round = 0; round < 5; round++) {
        const [ada, bob] = [
          await addMember(world, `ada-${round}`),
          await addMember(world, `bob-${round}`),
        ]
        const left = await Promise.all([leave(world.db, ada), leave(other.db, bob)])
        deepEqual(left.toSorted(), [false, true])
        for (const { id } of await listMembers(world.db, world.accountId)) {
          await removeUser(world.db, id)
        }
      }
    } finally {
      await other.close()
    }
  })
}

export async function addMember(world: World, login: string): Promise<UserId> {
  const { catalog, db, accountId } = world
  const id = catalog.newId('user')
  await createUser(db, {
    id,
    accountId,
    name: login,
    login,
    email: null,
    passwordHash: 'hash',
    totpSecret: null,
    status: 'ACTIVE',
    mustChangePassword: false,
    failedLogins: 0,
    barredUntil: null,
    createdAt: dayOne,
    lastLoginAt: null,
  })
  await grantRole(db, {
    userId: id,
    accountId,
    role: 'owner',
    grantedBy: null,
    grantedAt: dayOne,
  })
  return id
}

let hashes = 0

async function addSession(
  { catalog, db, accountId }: World,
  userId: UserId,
  facts: Partial<Token> = {},
): Promise<Token> {
  const hash = new Uint8Array(32)
  new DataView(hash.buffer).setUint32(0, ++hashes)
  const token: Token = {
    id: catalog.newId('token'),
    accountId,
    userId,
    kind: 'session',
    name: '',
    hash,
    scopes: [],
    createdAt: dayOne,
    expiresAt: dayOne + hour,
    usedAt: null,
    revokedAt: null,
    ...facts,
  }
  await createToken(db, token)
  return token
}
