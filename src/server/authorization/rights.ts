/** Whether this caller may call this route at all; whose object it is, is asked next (objects.ts). */
import { failure } from '#base'
import { type Caller, mayCall, type RouteClass, scopeSuffices } from '#contract'
import type { Identity } from '../identity.ts'

export function callerOf(identity: Identity): Caller {
  return identity.kind === 'user' ? identity.role : identity.kind
}

/** @throws auth.required, auth.forbidden, auth.scope-missing */
export function checkRights(rights: RouteClass, identity: Identity): void {
  const caller = callerOf(identity)
  if (!mayCall(rights, caller)) {
    if (identity.kind === 'public') throw failure('auth.required')
    throw failure('auth.forbidden', { role: caller })
  }
  if (rights.callers.includes('public')) return
  if (identity.kind !== 'user') return
  if (identity.scopes !== undefined && !scopeSuffices(rights, identity.scopes)) {
    throw failure('auth.scope-missing', { scope: rights.scope ?? 'of a person who signed in' })
  }
  if (rights.object === 'server' && !identity.isServerAccount) {
    throw failure('auth.forbidden', { role: caller })
  }
}
