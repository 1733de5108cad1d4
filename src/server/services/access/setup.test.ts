import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#base'
import { findServerAccountId, listRegions } from '../../catalog/accounts/accounts.ts'
import { listSettings } from '../../catalog/settings.ts'
import { contextOf, makeTestKernel } from '../../kernel.fixture.ts'
import {
  CountedPasswords,
  goodPassword,
  makeAccessWorld,
  testAddress,
  testPorts,
} from './access.fixture.ts'
import { accessHandlers } from './access-handlers.ts'
import { createOwner, prepareSetup } from './setup.ts'

const nobody = { kind: 'public' } as const
const draft = {
  accountName: 'Example',
  name: 'Ada',
  email: 'ada@example.org',
  password: goodPassword,
}

async function emptyServer() {
  const kernel = await makeTestKernel()
  const passwords = new CountedPasswords()
  const { setup, signIn } = accessHandlers(kernel, testPorts(passwords), testAddress)
  const send = async (setupCode: string, more: Partial<typeof draft> = {}) => {
    const context = contextOf(nobody)
    const body = { setupCode, ...draft, ...more }
    const answer = await setup.firstAdministrator({ path: {}, query: {}, body }, context)
    return { answer, context }
  }
  const isNeeded = async () => (await setup.get(nothing, contextOf(nobody))).needed
  const dispose = () => kernel[Symbol.asyncDispose]()
  return { kernel, passwords, signIn, send, isNeeded, [Symbol.asyncDispose]: dispose }
}
const nothing = { path: {}, query: {}, body: undefined }

test('a new server prints a long code and keeps only its hash (A22)', async () => {
  await using server = await emptyServer()
  const { kernel } = server
  assert.equal(await server.isNeeded(), true)
  const code = (await prepareSetup(kernel)) ?? ''
  assert.ok(code.length >= 24 && code.length <= 64)
  const kept = JSON.stringify(await listSettings(kernel.catalog.db, 'server'))
  assert.ok(!kept.includes(code.slice(6)))
  const again = await prepareSetup(kernel)
  assert.notEqual(again, code)
  // Only the newest counts: what stands in an old log opens nothing.
  await assert.rejects(server.send(code), { code: 'setup.code-refused' })
  await server.send(again ?? '')
})

test('the code makes account, default region and owner, who is signed in and runs the server', async () => {
  await using server = await emptyServer()
  const { kernel } = server
  const { db } = kernel.catalog
  const code = (await prepareSetup(kernel)) ?? ''
  const { answer, context } = await server.send(code)
  const { user, account } = answer
  assert.deepEqual([user.role, user.email, user.status], ['owner', draft.email, 'ACTIVE'])
  assert.deepEqual(
    { ...account, accountId: '', createdAt: 0 },
    {
      accountId: '',
      name: 'Example',
      timeZone: 'Asia/Shanghai',
      contact: draft.email,
      createdAt: 0,
    },
  )
  assert.deepEqual(
    (await listRegions(db, account.accountId)).map(({ id }) => id),
    ['default'],
  )
  assert.equal(await findServerAccountId(db), account.accountId)
  assert.equal(context.trace.cookies.length, 1)
  assert.equal(await server.isNeeded(), false)
})

test('the code works once, and no other ever (A22)', async () => {
  await using server = await emptyServer()
  await assert.rejects(server.send('setup-without-any-code-made'), { code: 'setup.code-refused' })
  const code = (await prepareSetup(server.kernel)) ?? ''
  const { length } = server.passwords.work
  for (const wrong of ['x'.repeat(49), code.slice(0, -1), `${code}x`, code.toUpperCase()]) {
    await assert.rejects(server.send(wrong), { code: 'setup.code-refused' })
  }
  assert.equal(server.passwords.work.length, length, 'wrong codes cost no hash')
  await server.send(code)
  await assert.rejects(server.send(code, { email: 'eve@example.org' }), { code: 'setup.done' })
  assert.equal(await prepareSetup(server.kernel), undefined)
})

test('of many who send the code at once, one becomes the owner', async () => {
  await using server = await emptyServer()
  const code = (await prepareSetup(server.kernel)) ?? ''
  const tries = Array.from({ length: 5 }, (_, i) =>
    server.send(code, { email: `u${i}@example.org`, accountName: `Account ${i}` }).then(
      () => 'made',
      (problem: unknown) => (isFailure(problem) ? problem.code : String(problem)),
    ),
  )
  const outcomes = await Promise.all(tries)
  const refusals = outcomes.filter((outcome) => outcome !== 'made')
  assert.equal(refusals.length, 4)
  // Whoever comes second finds the code used or the server set up, as it happens.
  assert.ok(refusals.every((code) => ['setup.done', 'setup.code-refused'].includes(code)))
})

test('what is refused leaves nothing behind, and the code stays good', async () => {
  await using server = await emptyServer()
  const code = (await prepareSetup(server.kernel)) ?? ''
  const weak = server.send(code, { password: 'password1234' })
  await assert.rejects(weak, { code: 'auth.password-refused' })
  const body = { setupCode: code, ...draft, timeZone: 'Mars/Olympus' }
  const { setup } = accessHandlers(server.kernel, testPorts(server.passwords), testAddress)
  const lost = setup.firstAdministrator({ path: {}, query: {}, body }, contextOf(nobody))
  await assert.rejects(lost, { code: 'schedule.invalid' })
  assert.equal(await server.isNeeded(), true)
  assert.equal(await findServerAccountId(server.kernel.catalog.db), undefined)
  await server.send(code)
})

test('the command line makes the owner without a code, and ends the code', async () => {
  await using server = await emptyServer()
  const { kernel, passwords } = server
  const code = (await prepareSetup(kernel)) ?? ''
  await assert.rejects(createOwner(kernel, passwords, { ...draft, password: 'short' }), {
    code: 'auth.password-refused',
  })
  await createOwner(kernel, passwords, draft)
  await assert.rejects(createOwner(kernel, passwords, draft), { code: 'setup.done' })
  await assert.rejects(server.send(code), { code: 'setup.done' })
})

test('no later account becomes that of the server, even when the clock is set back', async () => {
  await using world = await makeAccessWorld()
  const { kernel, handlers, owner } = world
  kernel.clock.set({ wallMs: 1_000 })
  const person = { name: 'Bob', email: 'bob@example.org', password: goodPassword }
  const body = { name: 'Branch', contact: 'bob@example.org', owner: person }
  await handlers.accounts.create({ path: {}, query: {}, body }, contextOf(owner))
  assert.equal(await findServerAccountId(kernel.catalog.db), owner.accountId)
  kernel.clock.set({ wallMs: 1_790_000_100_000 })
  const { identity } = await world.signIn('bob@example.org')
  assert.equal(identity.isServerAccount, false)
  assert.equal(owner.isServerAccount, true)
})
