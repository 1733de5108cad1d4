/** A server with its first account and owner, for tests of access: passwords are hashed quickly, and counted. */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { assert } from '#base'
import { type Role, routes } from '#contract'
import { Authenticator } from '../../authorization/authenticate.ts'
import { findMemberByLogin } from '../../catalog/accounts/members.ts'
import { type UserIdentity, userOf } from '../../identity.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import { accessHandlers } from './access-handlers.ts'
import type { AccessPorts, PasskeyVerifier, PasswordHasher, SecretBox } from './access-ports.ts'
import { createOwner } from './setup.ts'

export const goodPassword = 'lantern orbit vinegar cactus'
export const otherPassword = 'marble tunnel quiver salmon'
export const ownerEmail = 'Ada@Example.org'

/** Counts work as argon2id would do it; `cost` grows as parameters do. */
export class CountedPasswords implements PasswordHasher {
  cost = 1
  readonly work: string[] = []

  async hash(password: string): Promise<string> {
    this.work.push(`cost ${this.cost}`)
    return `${this.cost}:${digestOf(password)}`
  }

  async verify(password: string, hash: string | undefined) {
    const [cost = '', digest = ''] = (hash ?? `${this.cost}:none`).split(':')
    this.work.push(`cost ${cost}`)
    const isRight = digest === digestOf(password)
    return { isRight, isOutdated: isRight && Number(cost) < this.cost }
  }
}

/** Bound to its context, as the real one is. */
export const testBox: SecretBox = {
  seal: async (secret, context) => {
    const cipher = createCipheriv('aes-256-gcm', boxKey, nonceOf(context)).setAAD(bytesOf(context))
    const sealed = [cipher.update(secret), cipher.final(), cipher.getAuthTag()]
    return new Uint8Array(Buffer.concat(sealed))
  },
  open: async (sealed, context) => {
    const cipher = createDecipheriv('aes-256-gcm', boxKey, nonceOf(context))
    cipher.setAAD(bytesOf(context)).setAuthTag(sealed.subarray(-16))
    const opened = [cipher.update(sealed.subarray(0, -16)), cipher.final()]
    return new Uint8Array(Buffer.concat(opened))
  },
}

/**
 * A passkey of tests: whoever knows its secret signs by showing it. What it signs for is compared as the real one does it,
 * which has tests of its own.
 */
export const testPasskeys: PasskeyVerifier = {
  algorithms: [-7],
  verifyNew: async ({ credentialId, clientData, attestation }, expected) =>
    isFor(clientData, expected)
      ? { credentialId, publicKey: bytesOf(digestOf(attestation)), counter: 0, synced: false }
      : { problem: 'it is for another place' },
  verifySignature: async ({ clientData, signature }, expected) => {
    const isOfKey = bytesOf(digestOf(signature)).toHex() === expected.publicKey.toHex()
    return isOfKey && isFor(clientData, expected) ? { counter: 0 } : undefined
  },
}

/** What the browser says it was asked for. */
export function clientDataOf(said: {
  readonly challenge: string
  readonly rpId: string
  readonly origin: string
}): string {
  const { challenge, rpId, origin } = said
  return Buffer.from(JSON.stringify({ challenge, rpId, origin })).toString('base64url')
}

function isFor(clientData: string, expected: Parameters<typeof clientDataOf>[0]): boolean {
  return clientData === clientDataOf(expected)
}

export const testAddress = () => 'https://backup.example.org:8443'

export function testPorts(passwords: PasswordHasher): AccessPorts {
  return { passwords, secrets: testBox, passkeys: testPasskeys }
}

export type AccessWorld = AsyncDisposable & {
  readonly kernel: TestKernel
  readonly passwords: CountedPasswords
  readonly handlers: ReturnType<typeof accessHandlers>
  /** Of the first account, signed in. */
  readonly owner: UserIdentity
  /** Signs in as a browser does; the identity is what the listener makes of the cookie. */
  signIn(email: string, password?: string, oneTimeCode?: string): Promise<SignedIn>
  /** The caller of this cookie or token now. @throws auth.required, auth.refused */
  identify(secret: string): Promise<UserIdentity>
  /** A user made by the owner, signed in. */
  addUser(name: string, role: Role): Promise<UserIdentity>
}
export type SignedIn = { readonly secret: string; readonly identity: UserIdentity }

export async function makeAccessWorld(): Promise<AccessWorld> {
  const kernel = await makeTestKernel()
  const passwords = new CountedPasswords()
  const handlers = accessHandlers(kernel, testPorts(passwords), testAddress)
  const authenticator = new Authenticator(kernel)
  const identify = async (secret: string): Promise<UserIdentity> => {
    const isToken = secret.startsWith('hft_')
    const shown = await authenticator.authenticate(routes.signIn.whoAmI.class, {
      authorization: isToken ? `Bearer ${secret}` : undefined,
      sessionCookie: isToken ? undefined : secret,
      certificateIdentity: () => undefined,
      isUse: true,
    })
    return userOf(shown.identity)
  }
  const signIn = async (
    email: string,
    password = goodPassword,
    oneTimeCode?: string,
  ): Promise<SignedIn> => {
    const context = contextOf({ kind: 'public' })
    const code = oneTimeCode === undefined ? {} : { oneTimeCode }
    const body = { email, password, ...code }
    await handlers.signIn.begin({ path: {}, query: {}, body }, context)
    const cookie = context.trace.cookies.at(-1)
    assert(cookie !== undefined, 'who signs in gets a cookie')
    return { secret: cookie.secret, identity: await identify(cookie.secret) }
  }
  const first = { accountName: 'Example', name: 'Ada', email: ownerEmail, password: goodPassword }
  await createOwner(kernel, passwords, first)
  const { identity: owner } = await signIn(ownerEmail)
  const addUser = async (name: string, role: Role): Promise<UserIdentity> => {
    const email = `${name.toLowerCase()}@example.org`
    const body = { name, email, role, password: goodPassword }
    await handlers.users.create({ path: {}, query: {}, body }, contextOf(owner))
    return (await signIn(email)).identity
  }
  const dispose = kernel[Symbol.asyncDispose]
  const world = { kernel, passwords, handlers, owner, signIn, identify, addUser }
  return { ...world, [Symbol.asyncDispose]: dispose }
}

/** The user as the catalog has it. */
export async function storedUser({ kernel }: AccessWorld, email: string) {
  const member = await findMemberByLogin(kernel.catalog.db, email.toLowerCase())
  assert(member !== undefined, 'there is such a user')
  return member
}

const boxKey = createHash('sha256').update('a key of tests').digest()

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
function nonceOf(context: string): Uint8Array {
  return createHash('sha256').update(context).digest().subarray(0, 12)
}
