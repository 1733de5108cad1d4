/**
 * Who calls. A cookie is a sign-in, `Authorization: Bearer` is an API token, a client certificate is an agent; none of
 * them passes for another. Everything is asked anew for every call, so that what was revoked is refused at once.
 */
import { type Failure, failure } from '#base'
import type { AccountId, RouteClass } from '#contract'
import { findServerAccountId } from '../catalog/accounts/accounts.ts'
import {
  findTokenHolder,
  type Token,
  type TokenHolder,
  touchToken,
} from '../catalog/accounts/tokens.ts'
import { type Client, findClientByIdentity } from '../catalog/instances/clients.ts'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import { isTokenOver, isTouchDue } from '../services/access/session-life.ts'
import { hashSecret } from './secrets.ts'

export type Credentials = {
  /** The header as it came. */
  readonly authorization: string | undefined
  readonly sessionCookie: string | undefined
  /** Of the client certificate that the connection shows. @throws auth.refused for one that is not ours */
  readonly certificateIdentity: () => Uint8Array | undefined
  /** A person did something: what a page asks on its own keeps no sign-in alive. */
  readonly isUse: boolean
}

export type Authenticated = {
  readonly identity: Identity
  /** The cookie is sent by browsers unasked: calls that change something prove more. */
  readonly isByCookie: boolean
}

const secretCharactersMax = 256

export class Authenticator {
  readonly #kernel: ServerKernel
  #serverAccountId: AccountId | undefined

  constructor(kernel: ServerKernel) {
    this.#kernel = kernel
  }

  /** @throws auth.required, auth.refused, agent.revoked */
  async authenticate(rights: RouteClass, shown: Credentials): Promise<Authenticated> {
    if (rights.callers.includes('public')) return { identity: nobody, isByCookie: false }
    if (rights.callers.includes('agent')) {
      const identity = await this.#agentOf(shown)
      if (identity !== undefined) return { identity, isByCookie: false }
    }
    if (shown.authorization !== undefined) {
      const identity = await this.#userOf(bearerOf(shown.authorization), 'api', true)
      return { identity, isByCookie: false }
    }
    if (shown.sessionCookie !== undefined) {
      const { sessionCookie, isUse } = shown
      return { identity: await this.#userOf(sessionCookie, 'session', isUse), isByCookie: true }
    }
    const identity = rights.callers.includes('agent') ? undefined : await this.#agentOf(shown)
    return { identity: identity ?? nobody, isByCookie: false }
  }

  async #agentOf({ certificateIdentity }: Credentials): Promise<Identity | undefined> {
    const shown = certificateIdentity()
    if (shown === undefined) return undefined
    const client = await findClientByIdentity(this.#kernel.catalog.db, shown)
    if (client === undefined) throw failure('auth.refused')
    checkClient(client, this.#kernel.wallMs())
    const { id: clientId, instanceId, accountId } = client
    return { kind: 'agent', clientId, instanceId, accountId }
  }

  async #userOf(
    secret: string | undefined,
    kind: Token['kind'],
    isUse: boolean,
  ): Promise<Identity> {
    const { catalog, wallMs } = this.#kernel
    if (secret === undefined || secret.length > secretCharactersMax) throw failure('auth.refused')
    const holder = await findTokenHolder(catalog.db, hashSecret(secret))
    const now = wallMs()
    if (holder === undefined || holder.token.kind !== kind) throw refusalOf(kind)
    const { token, role, userName } = holder
    if (role === null || !mayBeUsed(holder, now)) throw refusalOf(kind)
    if (isUse && isTouchDue(token, now)) await touchToken(catalog.db, token.id, now)
    return {
      kind: 'user',
      userId: token.userId,
      accountId: token.accountId,
      role,
      name: userName,
      tokenId: token.id,
      scopes: kind === 'api' ? token.scopes : undefined,
      isServerAccount: token.accountId === (await this.#serverAccount()),
    }
  }

  async #serverAccount(): Promise<AccountId | undefined> {
    this.#serverAccountId ??= await findServerAccountId(this.#kernel.catalog.db)
    return this.#serverAccountId
  }
}

const nobody: Identity = { kind: 'public' }

function mayBeUsed({ token, userStatus }: TokenHolder, now: number): boolean {
  return userStatus === 'ACTIVE' && !isTokenOver(token, now)
}

/** A cookie that counts no more is not signed in; a token that counts no more is a wrong one. */
function refusalOf(kind: Token['kind']): Failure {
  return failure(kind === 'session' ? 'auth.required' : 'auth.refused')
}

function bearerOf(authorization: string): string | undefined {
  return /^Bearer +(?<secret>[\x21-\x7e]+)$/i.exec(authorization)?.groups?.['secret']
}

function checkClient(client: Client, now: number): void {
  if (client.revokedAt !== null) throw failure('agent.revoked')
  if (client.identityUntil !== null && client.identityUntil <= now) throw failure('auth.refused')
}
