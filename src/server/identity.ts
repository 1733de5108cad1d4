/** Who calls. Made by the listener from a cookie, a token or a client certificate, and never from what the call says. */
import { assert, failure } from '#base'
import type { AccountId, ClientId, InstanceId, Role, Scope, TokenId, UserId } from '#contract'

export type UserIdentity = {
  readonly kind: 'user'
  readonly userId: UserId
  readonly accountId: AccountId
  readonly role: Role
  readonly name: string
  /** The sign-in or API token by which it is known. */
  readonly tokenId: TokenId
  /** Of an API token; undefined for a person who signed in. */
  readonly scopes: readonly Scope[] | undefined
  /** A user of the account that runs the server. */
  readonly isServerAccount: boolean
}

export type AgentIdentity = {
  readonly kind: 'agent'
  readonly clientId: ClientId
  readonly instanceId: InstanceId
  readonly accountId: AccountId
}

export type Identity = UserIdentity | AgentIdentity | { readonly kind: 'public' }

/** For handlers of routes that only people call. */
export function userOf(identity: Identity): UserIdentity {
  assert(identity.kind === 'user', 'the listener lets only users call this route')
  return identity
}

/** For handlers of routes that only agents call. */
export function agentOf(identity: Identity): AgentIdentity {
  assert(identity.kind === 'agent', 'the listener lets only agents call this route')
  return identity
}

/** The account whose objects the caller may see. @throws auth.refused for callers that are nobody's */
export function accountOf(identity: Identity): AccountId {
  if (identity.kind === 'public') throw failure('auth.refused')
  return identity.accountId
}
