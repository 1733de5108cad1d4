/**
 * Every id that a call names belongs to the caller's account, or the call is answered exactly as if there were no such
 * object (A22). Where ids stand is read from the schemas of the route, so a new route cannot forget it.
 */
import { assert, type ErrorCode, type Failure, failure } from '#base'
import {
  type ClientId,
  type IdPlace,
  ids as idSchemas,
  listIdPlaces,
  type NamedRoute,
  type ObjectKind,
  type SessionId,
  type VaultId,
} from '#contract'
import type { CatalogDb } from '../catalog/database/open-catalog.ts'
import { isOwnedKind, listOwned, type Ownership } from '../catalog/ownership.ts'
import type { Identity } from '../identity.ts'

/** The client whose session it is; undefined: there is none. Sessions live in the gateway. */
export type SessionOwner = (sessionId: SessionId) => ClientId | undefined

export type ObjectSources = { readonly db: CatalogDb; readonly sessionOwner: SessionOwner }

type ReadCall = { readonly path: unknown; readonly query: unknown; readonly body: unknown }

/** Which ids a call of this route names, by kind. */
export type NamedIds = ReadonlyMap<ObjectKind, ReadonlySet<string>>
export type IdReader = (call: ReadCall) => NamedIds

/** @throws record.not-found and its relatives for what is not the caller's */
export async function checkObjects(
  sources: ObjectSources,
  identity: Identity,
  named: NamedIds,
): Promise<void> {
  if (named.size === 0 || identity.kind === 'public') return
  const owner = ownershipOf(identity, named)
  for (const [kind, wanted] of named) {
    if (kind === 'session') {
      checkSessions(sources.sessionOwner, identity, wanted)
      continue
    }
    assert(isOwnedKind(kind), `the owner of a ${kind} can be told`)
    const owned = await listOwned(sources.db, kind, [...wanted], owner)
    for (const id of wanted) if (!owned.has(id)) throw notFound(kind, id)
  }
}

function ownershipOf(identity: Exclude<Identity, { kind: 'public' }>, named: NamedIds): Ownership {
  const vaults = named.get('vault')
  const [vaultId] = vaults ?? []
  return {
    accountId: identity.accountId,
    userId: identity.kind === 'user' ? identity.userId : undefined,
    instanceId: identity.kind === 'agent' ? identity.instanceId : undefined,
    // The reader took it out of the place of a vault's id.
    vaultId: vaults?.size === 1 ? (vaultId as VaultId | undefined) : undefined,
  }
}

function checkSessions(
  sessionOwner: SessionOwner,
  identity: Identity,
  wanted: ReadonlySet<string>,
): void {
  for (const id of wanted) {
    const owner = sessionOwner(id as SessionId)
    if (owner === undefined || identity.kind !== 'agent' || owner !== identity.clientId) {
      throw notFound('session', id)
    }
  }
}

const ownCodes: Readonly<Partial<Record<ObjectKind, ErrorCode>>> = {
  instance: 'instance.not-found',
  point: 'point.not-found',
  // An agent whose session ended opens another one, whatever the reason.
  session: 'session.unknown',
  vault: 'vault.not-found',
}

/** What the handlers of such an object throw when it is not there. */
export function notFound(kind: ObjectKind, id: string): Failure {
  const code = ownCodes[kind]
  return code === undefined
    ? failure('record.not-found', { kind: kind === 'restoreJob' ? 'restore job' : kind, id })
    : failure(code, { [kind]: id })
}

/** Made once for each route. */
export function idReaderOf(named: NamedRoute): IdReader {
  const places = placesByStand(
    listIdPlaces(named.route).filter((place) => isLookedUp(named, place)),
  )
  return (call) => {
    const found = new Map<ObjectKind, Set<string>>()
    for (const { part, at, kinds } of places) {
      for (const id of valuesAt(call[part], at)) {
        const kind = kinds.length === 1 ? kinds[0] : kinds.find((one) => isIdOf(one, id))
        assert(kind !== undefined, 'the schema let in an id of a kind that it names')
        const ids = found.get(kind) ?? new Set()
        found.set(kind, ids.add(id))
      }
    }
    return found
  }
}

/** The id in the body of `regions.create` is a name that is to be given. */
function isLookedUp({ route, group }: NamedRoute, { part, kind }: IdPlace): boolean {
  return !(group === 'regions' && route.method === 'POST' && part === 'body' && kind === 'region')
}

type Stand = Pick<IdPlace, 'part' | 'at'> & { readonly kinds: readonly ObjectKind[] }

function placesByStand(places: readonly IdPlace[]): readonly Stand[] {
  const stands = new Map<string, Stand>()
  for (const { part, at, kind } of places) {
    const key = JSON.stringify([part, at])
    stands.set(key, { part, at, kinds: [...(stands.get(key)?.kinds ?? []), kind] })
  }
  return [...stands.values()]
}

function isIdOf(kind: ObjectKind, id: string): boolean {
  const schemas: Readonly<Record<string, { safeParse(text: string): { success: boolean } }>> =
    idSchemas
  return schemas[kind]?.safeParse(id).success === true
}

function valuesAt(value: unknown, at: readonly string[]): readonly string[] {
  const [key, ...rest] = at
  if (value === undefined || value === null) return []
  if (key === undefined) {
    assert(typeof value === 'string', 'an id is text')
    return [value]
  }
  if (typeof value !== 'object') return []
  if (key === '[]') {
    const elements = Array.isArray(value) ? value : Object.values(value)
    return elements.flatMap((element) => valuesAt(element, rest))
  }
  return Object.hasOwn(value, key) ? valuesAt(Reflect.get(value, key), rest) : []
}
