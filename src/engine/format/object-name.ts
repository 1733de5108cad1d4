/**
 * Names of stored objects: `kind/id`. Packs, index segments and points are named by the SHA-256 of their stored
 * bytes, so rot is found without keys; the others by a number or a word. See docs/format/objects.md.
 */
import { assert, type Brand, toHex } from '#base'

export const objectKinds = ['vault', 'slot', 'ledger', 'pack', 'index', 'point'] as const
export type ObjectKind = (typeof objectKinds)[number]
export type ObjectName = Brand<string, 'ObjectName'>

/** Kinds whose id is the SHA-256 of the stored bytes. */
export const hashedKinds: ReadonlySet<ObjectKind> = new Set(['pack', 'index', 'point'])
/** Kinds so small and so precious that a directory store keeps two copies of each. */
export const twofoldKinds: ReadonlySet<ObjectKind> = new Set(['vault', 'slot', 'ledger', 'point'])

const idPattern = /^[0-9a-z][0-9a-z-]{0,99}$/

export function objectName(kind: ObjectKind, id: string): ObjectName {
  assert(idPattern.test(id), 'an object id is 1 to 100 lower-case letters, digits and dashes')
  return `${kind}/${id}` as ObjectName
}

export function hashedName(kind: ObjectKind, digest: Uint8Array): ObjectName {
  return objectName(kind, toHex(digest))
}

/** Ledger entries sort by number. */
export function ledgerName(number: number): ObjectName {
  return objectName('ledger', String(number).padStart(12, '0'))
}

export function kindOf(name: ObjectName): ObjectKind {
  const kind = objectKinds.find((k) => name.startsWith(`${k}/`))
  assert(kind !== undefined, 'an object name begins with its kind')
  return kind
}

export function idOf(name: ObjectName): string {
  return name.slice(name.indexOf('/') + 1)
}

export function numberOf(name: ObjectName): number {
  return Number(idOf(name))
}

/** @returns undefined for text that is no object name, such as a foreign file in a vault folder. */
export function parseObjectName(text: string): ObjectName | undefined {
  const slash = text.indexOf('/')
  const kind = objectKinds.find((k) => k === text.slice(0, slash))
  const id = text.slice(slash + 1)
  if (kind === undefined || !idPattern.test(id)) return undefined
  if (hashedKinds.has(kind) && !/^[0-9a-f]{64}$/.test(id)) return undefined
  return `${kind}/${id}` as ObjectName
}
