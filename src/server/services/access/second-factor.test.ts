import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from 'otpauth'
import { isFailure } from '#base'
import { contextOf } from '../../kernel.fixture.ts'
import {
  type AccessWorld,
  goodPassword,
  makeAccessWorld,
  ownerEmail,
  storedUser,
} from './access.fixture.ts'
import { codeAt, findStep } from './one-time-codes.ts'
import { barAfter, pendingMs, wrongCodesFree } from './second-factor.ts'

const nothing = { path: {}, query: {}, body: undefined }
const refused = { code: 'auth.refused' }
const needed = { code: 'auth.second-factor-needed' }
const barred = { code: 'auth.too-many-attempts' }
const stepMs = 30_000

async function begin({ handlers, owner }: AccessWorld) {
  const answer = await handlers.signIn.beginSecondFactor(nothing, contextOf(owner))
  return { ...answer, bytes: new Uint8Array(Secret.fromBase32(answer.secret).buffer) }
}
async function confirm(
  { handlers, owner }: AccessWorld,
  oneTimeCode: string,
  password = goodPassword,
): Promise<void> {
  const call = { path: {}, query: {}, body: { oneTimeCode, password } }
  await handlers.signIn.confirmSecondFactor(call, contextOf(owner))
}
/** The owner has one; the code that confirmed it is used up. */
async function worldWithFactor() {
  const world = await makeAccessWorld()
  const { bytes } = await begin(world)
  const codeNow = (offset = 0) => codeAt(bytes, world.kernel.wallMs() + offset * stepMs)
  await confirm(world, codeNow())
  world.kernel.clock.advance(2 * stepMs)
  const signIn = (code?: string) => world.signIn(ownerEmail, goodPassword, code)
  return { world, bytes, codeNow, signIn, [Symbol.asyncDispose]: world[Symbol.asyncDispose] }
}

test('codes are those of RFC 6238, appendix B', () => {
  const secret = new TextEncoder().encode('12345678901234567890')
  const seconds = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000]
  assert.deepEqual(
    seconds.map((at) => codeAt(secret, at * 1_000)),
    ['287082', '081804', '050471', '005924', '279037', '353130'],
  )
})

test('a code counts half a minute early and late, no longer', () => {
  const secret = new TextEncoder().encode('12345678901234567890')
  const now = 1_790_000_000_000
  const steps = [-2, -1, 0, 1, 2].map((offset) => {
    const step = findStep(secret, codeAt(secret, now + offset * stepMs), now)
    return step === undefined ? undefined : step - Math.floor(now / stepMs)
  })
  assert.deepEqual(steps, [undefined, -1, 0, 1, undefined])
  assert.equal(findStep(secret, 'abcdef', now), undefined)
})

test('a second factor counts once a code of it was sent back, and is asked for after the password', async () => {
  await using world = await makeAccessWorld()
  const { secret, address, bytes } = await begin(world)
  assert.match(secret, /^[A-Z2-7]{32}$/)
  assert.match(address, new RegExp(`^otpauth://totp/Holdfast:.*secret=${secret}`))
  await world.signIn(ownerEmail)
  await assert.rejects(confirm(world, codeAt(bytes, 0)), refused)
  await world.signIn(ownerEmail)
  // Whoever found a browser signed in must not keep its owner out of all others.
  const now = codeAt(bytes, world.kernel.wallMs())
  await assert.rejects(confirm(world, now, 'not the password'), refused)
  await world.signIn(ownerEmail)
  await confirm(world, codeAt(bytes, world.kernel.wallMs()))
  await assert.rejects(world.signIn(ownerEmail), needed)
  await assert.rejects(world.signIn(ownerEmail, 'wrong'), refused)
  const stored = await storedUser(world, ownerEmail)
  const kept = Buffer.from(stored.totpSecret ?? assert.fail())
  assert.equal(kept.includes(Buffer.from(bytes)), false, 'the secret is sealed')
})

test('a code counts once, also for two who send it at the same time (A22)', async () => {
  await using made = await worldWithFactor()
  const { world, codeNow, signIn } = made
  const code = codeNow()
  const tries = [1, 2, 3].map(() => signIn(code).then(() => 'in', codeOf))
  assert.deepEqual((await Promise.all(tries)).toSorted(), ['auth.refused', 'auth.refused', 'in'])
  await assert.rejects(signIn(code), refused)
  // The one before is of the past now, though its time has not run out.
  await assert.rejects(signIn(codeNow(-1)), refused)
  await signIn(codeNow(1))
  world.kernel.clock.advance(2 * stepMs)
  await signIn(codeNow())
})

test('the code that confirmed the factor does not sign in', async () => {
  await using world = await makeAccessWorld()
  const { bytes } = await begin(world)
  const code = codeAt(bytes, world.kernel.wallMs())
  await confirm(world, code)
  await assert.rejects(world.signIn(ownerEmail, goodPassword, code), refused)
})

test('a secret that was not confirmed in time is forgotten, and a newer one replaces it', async () => {
  await using world = await makeAccessWorld()
  const notBegun = { code: 'auth.second-factor-not-begun' }
  await assert.rejects(confirm(world, '123456'), notBegun)
  const { bytes: old } = await begin(world)
  const { bytes } = await begin(world)
  const now = () => world.kernel.wallMs()
  await assert.rejects(confirm(world, codeAt(old, now())), refused)
  world.kernel.clock.advance(pendingMs)
  await assert.rejects(confirm(world, codeAt(bytes, now())), notBegun)
  await world.signIn(ownerEmail)
})

test('a factor that counts is not replaced by who found the browser signed in', async () => {
  await using made = await worldWithFactor()
  const { world, codeNow } = made
  await assert.rejects(begin(world), { code: 'auth.second-factor-set' })
  await assert.rejects(confirm(world, codeNow()), { code: 'auth.second-factor-not-begun' })
})

test('wrong codes bar the next ones for longer and longer, the right one too (A22)', async () => {
  await using made = await worldWithFactor()
  const { world, codeNow, signIn } = made
  for (let i = 0; i < wrongCodesFree; i++) await assert.rejects(signIn('000000'), refused)
  await assert.rejects(signIn(codeNow()), barred)
  // Who does not know the password learns nothing of it, and who asks for the code is told to send one.
  await assert.rejects(world.signIn(ownerEmail, 'wrong', '000000'), refused)
  await assert.rejects(signIn(), needed)
  world.kernel.clock.advance(5 * 60_000)
  await assert.rejects(signIn('000000'), refused)
  world.kernel.clock.advance(5 * 60_000)
  await assert.rejects(signIn(codeNow()), barred)
  world.kernel.clock.advance(5 * 60_000)
  await signIn(codeNow())
  assert.equal((await storedUser(world, ownerEmail)).failedLogins, 0)
})

test('in a year somebody who knows the password guesses some hundreds of codes, not a million', () => {
  const yearMs = 365 * 24 * 3_600_000
  let guesses = 0
  for (let now = 0; now < yearMs; guesses++) now = Math.max(now, barAfter(guesses + 1, now) ?? now)
  assert.ok(guesses > 300 && guesses < 400, String(guesses))
})

test('the own factor is turned off with the password', async () => {
  await using made = await worldWithFactor()
  const { world } = made
  const remove = (password: string) =>
    world.handlers.signIn.removeSecondFactor(
      { path: {}, query: {}, body: { password } },
      contextOf(world.owner),
    )
  await assert.rejects(remove('wrong'), refused)
  await assert.rejects(world.signIn(ownerEmail), needed)
  await remove(goodPassword)
  await world.signIn(ownerEmail)
})

test('who lost the telephone is helped by an administrator, never by themselves', async () => {
  await using made = await worldWithFactor()
  const { world } = made
  const { userId } = world.owner
  const call = { path: { userId }, query: {}, body: { secondFactor: false as const } }
  await assert.rejects(world.handlers.users.update(call, contextOf(world.owner)), {
    code: 'auth.own-user',
  })
  const bob = await world.addUser('Bob', 'administrator')
  await assert.rejects(world.handlers.users.update(call, contextOf(bob)), {
    code: 'auth.role-above-own',
  })
  const eve = await world.addUser('Eve', 'owner')
  const changed = await world.handlers.users.update(call, contextOf(eve))
  assert.equal(changed.secondFactor, false)
  await world.signIn(ownerEmail)
})

function codeOf(problem: unknown): string {
  return isFailure(problem) ? problem.code : String(problem)
}

test('a recovery code lets in once in place of a code; new ones make the old ones void', async () => {
  await using made = await worldWithFactor()
  const { world, codeNow } = made
  const { handlers, owner } = world
  const renew = async (password: string) =>
    await handlers.signIn.renewRecoveryCodes(
      { path: {}, query: {}, body: { password } },
      contextOf(owner),
    )
  const enter = async (recoveryCode: string) => {
    const body = { email: ownerEmail, password: goodPassword, recoveryCode }
    await handlers.signIn.begin({ path: {}, query: {}, body }, contextOf({ kind: 'public' }))
  }
  const left = async () => (await handlers.signIn.whoAmI(nothing, contextOf(owner))).recoveryCodes
  assert.equal(await left(), 10)
  await assert.rejects(renew('wrong'), refused)
  const { codes: old } = await renew(goodPassword)
  const { codes } = await renew(goodPassword)
  assert.equal(new Set([...old, ...codes]).size, 20)
  await assert.rejects(enter(old[0] ?? ''), refused)
  const tries = [1, 2, 3].map(() => enter(codes[0] ?? '').then(() => 'in', codeOf))
  assert.deepEqual((await Promise.all(tries)).toSorted(), ['auth.refused', 'auth.refused', 'in'])
  assert.equal(await left(), 9)
  world.kernel.clock.advance(stepMs)
  await made.signIn(codeNow())
  for (let i = 0; i < wrongCodesFree; i++)
    await assert.rejects(enter('00000-00000-00000-00000'), refused)
  // Guesses at both bar each other: there is one count.
  await assert.rejects(enter(codes[1] ?? ''), barred)
})

test('with the factor its recovery codes go, and who has none is told to set it up', async () => {
  await using made = await worldWithFactor()
  const { handlers, owner } = made.world
  const call = { path: {}, query: {}, body: { password: goodPassword } }
  await handlers.signIn.removeSecondFactor(call, contextOf(owner))
  const caller = await handlers.signIn.whoAmI(nothing, contextOf(owner))
  assert.equal(caller.recoveryCodes, undefined)
  await assert.rejects(handlers.signIn.renewRecoveryCodes(call, contextOf(owner)), {
    code: 'auth.second-factor-not-begun',
  })
})
