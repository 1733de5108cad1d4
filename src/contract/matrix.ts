/**
 * The matrices that attack tests are made from: every route by every caller (A22), and every route that could end or
 * shorten a point's life by every role and state of the lock (A08). A new route is in them without anybody's doing.
 */
import { type Caller, callers, type Role, roles } from './enums/roles.ts'
import { type LockState, lockStates } from './enums/vaults.ts'
import { type IdPlace, listIdPlaces } from './id-places.ts'
import { type Effect, mayCall, type ObjectKind } from './route.ts'
import { type NamedRoute, routeList } from './routes/table.ts'

export type RightsRow = NamedRoute & {
  readonly caller: Caller
  readonly allowed: boolean
  readonly object: ObjectKind
  readonly effect: Effect
  readonly ids: readonly IdPlace[]
}

/** Every route × every caller. */
export function listRights(list: readonly NamedRoute[] = routeList): readonly RightsRow[] {
  return list.flatMap((named) => {
    const { class: rights } = named.route
    const ids = listIdPlaces(named.route)
    return callers.map((caller) => ({
      ...named,
      caller,
      allowed: mayCall(rights, caller),
      object: rights.object,
      effect: rights.effect,
      ids,
    }))
  })
}

export type LockRow = NamedRoute & {
  readonly role: Role
  readonly lock: LockState
  readonly effect: Exclude<Effect, 'none'>
  readonly allowed: boolean
}

/** Every route with an effect on points × every role × every state of the vault's lock. */
export function listLockRows(list: readonly NamedRoute[] = routeList): readonly LockRow[] {
  return list.flatMap((named) => {
    const { class: rights } = named.route
    const { effect } = rights
    if (effect === 'none') return []
    return roles.flatMap((role) =>
      lockStates.map((lock) => ({ ...named, role, lock, effect, allowed: mayCall(rights, role) })),
    )
  })
}
