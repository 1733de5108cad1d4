/** Passkeys, answers that count once, and recovery codes: also when two servers over one catalog are asked at once. */
import { deepEqual, equal } from 'node:assert/strict'
import type { UserId } from '#contract'
import { dayOne, hour, type OpenDatabase, type World, worldTest } from '../world.contract.ts'
import { addMember } from './members.contract.ts'
import { removeUser, resetPassword } from './members.ts'
import {
  createPasskey,
  findPasskey,
  listPasskeys,
  type Passkey,
  recordPasskeyUse,
  removePasskey,
  renamePasskey,
  useChallenge,
} from './passkeys.ts'
import { countRecoveryCodes, putRecoveryCodes, useRecoveryCode } from './recovery-codes.ts'

export function passkeysContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describePasskeys(inWorld)
  describeCounting(inWorld)
}

type InWorld = ReturnType<typeof worldTest>

function describePasskeys(inWorld: InWorld): void {
  inWorld('a passkey is kept as it is, and is one user’s', async (world) => {
    const { db } = world
    const [ada, eve] = [await addMember(world, 'ada'), await addMember(world, 'eve')]
    const made = passkeyOf(world, ada)
    equal(await createPasskey(db, made), true)
    equal(await createPasskey(db, { ...passkeyOf(world, eve), credentialId: 'key' }), false)
    const kept = await findPasskey(db, 'key')
    deepEqual(
      { ...kept, publicKey: [...(kept?.publicKey ?? [])] },
      { ...made, publicKey: [4, 5, 6] },
    )
    deepEqual(await listPasskeys(db, eve), [])
    equal(await renamePasskey(db, { id: made.id, userId: eve }, 'mine'), undefined)
    equal((await renamePasskey(db, made, 'mine'))?.name, 'mine')
    equal(await removePasskey(db, { id: made.id, userId: eve }), false)
    equal(await removePasskey(db, made), true)
  })

  inWorld(
    'passkeys go with a password that somebody else sets, and all with the user',
    async (world) => {
      const { db } = world
      const ada = await addMember(world, 'ada')
      await createPasskey(db, passkeyOf(world, ada))
      await putRecoveryCodes(db, ada, [new Uint8Array([1])])
      await resetPassword(db, ada, { passwordHash: 'other', now: dayOne })
      deepEqual(await listPasskeys(db, ada), [])
      await createPasskey(db, passkeyOf(world, ada))
      await removeUser(db, ada)
      equal(await findPasskey(db, 'key'), undefined)
      equal(await countRecoveryCodes(db, ada), 0)
    },
  )
}

function describeCounting(inWorld: InWorld): void {
  inWorld('of two signatures with one count, one is taken', async (world) => {
    const { db } = world
    const made = passkeyOf(world, await addMember(world, 'ada'))
    await createPasskey(db, made)
    const other = await world.openAnother()
    const use = { counter: 1, at: dayOne + hour }
    const taken = await Promise.all([
      recordPasskeyUse(db, made, use),
      recordPasskeyUse(other.db, made, use),
    ])
    deepEqual(taken.toSorted(), [false, true])
    equal((await findPasskey(db, 'key'))?.usedAt, dayOne + hour)
    await other.close()
  })

  inWorld(
    'an answer counts once on all servers, and is forgotten when it is too late',
    async (world) => {
      const { db } = world
      const other = await world.openAnother()
      const challenge = { hash: new Uint8Array([1, 2, 3]), expiresAt: dayOne + hour }
      const counted = await Promise.all([
        useChallenge(db, challenge, dayOne),
        useChallenge(other.db, challenge, dayOne),
      ])
      deepEqual(counted.toSorted(), [false, true])
      equal(await useChallenge(db, challenge, dayOne + hour), false)
      await useChallenge(
        db,
        { hash: new Uint8Array([9]), expiresAt: dayOne + 9 * hour },
        dayOne + 2 * hour,
      )
      deepEqual((await db.selectFrom('usedChallenges').select('expiresAt').execute()).length, 1)
      await other.close()
    },
  )

  inWorld(
    'a recovery code counts once, for its user, and until there are new ones',
    async (world) => {
      const { db } = world
      const [ada, eve] = [await addMember(world, 'ada'), await addMember(world, 'eve')]
      const [first, second] = [new Uint8Array([1]), new Uint8Array([2])]
      await putRecoveryCodes(db, ada, [first, second])
      equal(await useRecoveryCode(db, { userId: eve, hash: first }), false)
      const other = await world.openAnother()
      const used = await Promise.all([
        useRecoveryCode(db, { userId: ada, hash: first }),
        useRecoveryCode(other.db, { userId: ada, hash: first }),
      ])
      deepEqual(used.toSorted(), [false, true])
      equal(await countRecoveryCodes(db, ada), 1)
      await putRecoveryCodes(db, ada, [first])
      equal(await useRecoveryCode(db, { userId: ada, hash: second }), false)
      await other.close()
    },
  )
}

function passkeyOf({ catalog, accountId }: World, userId: UserId): Passkey {
  return {
    id: catalog.newId('passkey'),
    accountId,
    userId,
    credentialId: 'key',
    publicKey: new Uint8Array([4, 5, 6]),
    counter: 0,
    synced: true,
    name: 'laptop',
    createdAt: dayOne,
    usedAt: null,
  }
}
