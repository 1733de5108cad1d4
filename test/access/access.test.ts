// Access over its real parts: argon2id, a master key in a folder, a catalog in a file, and a server that starts again.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scheduler } from 'node:timers/promises'
import { Secret, TOTP } from 'otpauth'
import { webAuthnPasskeys } from '#adapters/passkeys'
import { Argon2Passwords } from '#adapters/passwords'
import { addMasterKey, openServerKeys, secretBoxOf } from '#adapters/server-keys'
import { BrokenInvariant } from '#base'
import { memoryClock } from '#ports'
import {
  accessHandlers,
  type CallContext,
  createEventBus,
  Doorbell,
  findMemberByLogin,
  openCatalog,
  prepareSetup,
  type ServerKernel,
} from '#server'

const root = mkdtempSync(join(tmpdir(), 'holdfast-access-'))
after(() => rmSync(root, { recursive: true }))
const clock = memoryClock({ wallMs: 1_790_000_000_000 })
const password = 'lantern orbit vinegar cactus'
const email = 'ada@example.org'
const nothing = { path: {}, query: {}, body: undefined }

test('a server sets up, starts again, gets a stronger hash and another master key, and its people come in', async () => {
  const secrets: string[] = [password]
  let factor: Uint8Array
  const codeNow = () =>
    new TOTP({ secret: Secret.fromHex(Buffer.from(factor).toString('hex')) }).generate({
      timestamp: clock.now().wallMs,
    })
  {
    await using server = await start({ memoryKiB: 1_024, passes: 1, lanes: 1 }, true)
    const setupCode = (await prepareSetup(server.kernel)) ?? ''
    secrets.push(setupCode)
    const body = { setupCode, accountName: 'Example', name: 'Ada', email, password }
    const context = contextOf({ kind: 'public' }, secrets)
    const { user } = await server.setup.firstAdministrator({ path: {}, query: {}, body }, context)
    const identity = await server.identityOf(user.userId)
    const begun = await server.signIn.beginSecondFactor(nothing, contextOf(identity, secrets))
    secrets.push(begun.secret)
    factor = new Uint8Array(Secret.fromBase32(begun.secret).buffer)
    const confirm = { path: {}, query: {}, body: { oneTimeCode: codeNow(), password } }
    await server.signIn.confirmSecondFactor(confirm, contextOf(identity, secrets))
  }
  await addMasterKey(join(root, 'keys'))
  clock.advance(60_000)
  await using server = await start({ memoryKiB: 2_048, passes: 2, lanes: 1 }, false)
  assert.equal(await prepareSetup(server.kernel), undefined)
  const oneTimeCode = codeNow()
  const signIn = (guess: string) => {
    const body = { email, password: guess, oneTimeCode }
    const context = contextOf({ kind: 'public' }, secrets)
    return server.signIn.begin({ path: {}, query: {}, body }, context)
  }
  await assert.rejects(signIn('wrong'), { code: 'auth.refused' })
  assert.equal((await signIn(password)).user.secondFactor, true)
  await assert.rejects(signIn(password), { code: 'auth.refused' })
  const stored = await findMemberByLogin(server.kernel.catalog.db, email)
  assert.match(stored?.passwordHash ?? '', /^\$argon2id\$v=19\$m=2048,t=2,p=1\$/)
  checkNoSecrets(secrets, factor)
})

/** Whoever takes the catalog away can sign in nowhere with it. */
function checkNoSecrets(secrets: readonly string[], factor: Uint8Array): void {
  const files = readdirSync(root).filter((name) => name.startsWith('catalog'))
  assert.ok(files.length > 0)
  assert.ok(secrets.length > 4, 'cookies were noted too')
  const contents = files.map((file) => readFileSync(join(root, file)))
  assert.ok(
    contents.some((bytes) => bytes.includes(email)),
    'what is stored is found',
  )
  for (const bytes of contents) {
    for (const secret of secrets) assert.equal(bytes.includes(secret), false)
    assert.equal(bytes.includes(factor), false)
  }
}

async function start(
  cost: ConstructorParameters<typeof Argon2Passwords>[0],
  mayMake: boolean,
): Promise<
  ReturnType<typeof accessHandlers> & {
    readonly kernel: ServerKernel
    readonly identityOf: (userId: string) => Promise<CallContext['identity']>
  } & AsyncDisposable
> {
  const folder = join(root, 'keys')
  const now = clock.now().wallMs
  const given = { masterKeyText: undefined, hosts: [], addresses: [], now }
  const keys = await openServerKeys({ folder, mayMake, ...given })
  const kernel = await openKernel()
  const passwords = new Argon2Passwords(cost)
  const handlers = accessHandlers(
    kernel,
    { passwords, secrets: secretBoxOf(keys.master), passkeys: webAuthnPasskeys },
    () => 'https://backup.example.com',
  )
  const identityOf = async (userId: string) => {
    const member = await findMemberByLogin(kernel.catalog.db, email)
    assert.equal(member?.id, userId)
    if (member === undefined) throw new BrokenInvariant('the user was just made')
    const { id, accountId, role, name } = member
    const tokenId = kernel.catalog.newId('token')
    const who = { userId: id, accountId, role, name, tokenId }
    return { kind: 'user', ...who, scopes: undefined, isServerAccount: true } as const
  }
  return {
    ...handlers,
    kernel,
    identityOf,
    [Symbol.asyncDispose]: () => kernel.catalog.close(),
  }
}

async function openKernel(): Promise<ServerKernel> {
  const wallMs = () => clock.now().wallMs
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const sleep = (milliseconds: number) => scheduler.wait(milliseconds)
  const report = (problem: Error) => assert.fail(problem)
  const path = join(root, 'catalog.db')
  const catalog = await openCatalog({ kind: 'sqlite', path }, { wallMs, random, sleep, report })
  const noVault = () => {
    throw new BrokenInvariant('access has nothing to do with vaults')
  }
  return {
    version: '0.0.0-test',
    catalog,
    vaults: {
      create: noVault,
      read: noVault,
      state: noVault,
      extend: noVault,
      hold: noVault,
      releaseHold: noVault,
      expire: noVault,
      raiseLock: noVault,
      maintain: noVault,
      rebuildCatalog: noVault,
      [Symbol.asyncDispose]: async () => {},
    },
    clock,
    wallMs,
    random,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    events: createEventBus(),
    doorbell: new Doorbell(),
    ending: new AbortController().signal,
  }
}

/** Cookies that are set are secrets too. */
function contextOf(identity: CallContext['identity'], secrets: string[]): CallContext {
  return {
    identity,
    signal: new AbortController().signal,
    requestId: 'request-1',
    address: '192.0.2.7',
    host: undefined,
    userAgent: 'test',
    content: undefined,
    sessionCookie: undefined,
    setSessionCookie: (cookie) => void secrets.push(cookie?.secret ?? 'no cookie was set here'),
    note: () => {},
  }
}
