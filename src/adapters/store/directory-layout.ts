/**
 * Where an object lies in a vault folder: `pack/ab/<id>` by the first two digits, every other kind flat in a folder of
 * its name, the second copies under `copies/`. See docs/format/objects.md.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { concatBytes, equalBytes } from '#base'
import {
  hashedKinds,
  idOf,
  kindOf,
  type ObjectKind,
  type ObjectName,
  objectName,
  parseObjectName,
  twofoldKinds,
} from '#engine'

export const tempFolder = 'tmp'
const copiesFolder = 'copies'
const digestBytes = 32

/** The vault's configuration stands once more at the top of the folder, so that people see what the folder is. */
export const humanConfig = { object: objectName('vault', 'config'), path: 'holdfast.json' } as const

export function primaryPath(name: ObjectName): string {
  const kind = kindOf(name)
  return kind === 'pack' ? join(kind, idOf(name).slice(0, 2), idOf(name)) : join(kind, idOf(name))
}

/** Undefined for kinds of which there is one copy only. */
export function copyPath(name: ObjectName): string | undefined {
  const kind = kindOf(name)
  return twofoldKinds.has(kind) ? join(copiesFolder, kind, idOf(name)) : undefined
}

export function copiesPath(kind: ObjectKind): string | undefined {
  return twofoldKinds.has(kind) ? join(copiesFolder, kind) : undefined
}

export function isShard(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name)
}

/** The object that a file of this name in this folder is; undefined for a foreign file, or one in the wrong shard. */
export function objectAt(kind: ObjectKind, shard: string, file: string): ObjectName | undefined {
  return file.startsWith(shard) ? parseObjectName(`${kind}/${file}`) : undefined
}

/** A copy of an object whose name says nothing about its bytes ends with their SHA-256, so that rot in it is seen. */
export function encodeCopy(name: ObjectName, bytes: Uint8Array): Uint8Array {
  return hashedKinds.has(kindOf(name)) ? bytes : concatBytes([bytes, sha256(bytes)])
}

/** The object in a copy; undefined when the copy is damaged. */
export function decodeCopy(name: ObjectName, copy: Uint8Array): Uint8Array | undefined {
  if (hashedKinds.has(kindOf(name))) return matchesName(name, copy) ? copy : undefined
  if (copy.length <= digestBytes) return undefined
  const bytes = copy.subarray(0, -digestBytes)
  return equalBytes(sha256(bytes), copy.subarray(-digestBytes)) ? bytes : undefined
}

/** Size of the object in a copy of this size. */
export function copiedBytes(kind: ObjectKind, copyBytes: number): number {
  return hashedKinds.has(kind) ? copyBytes : Math.max(0, copyBytes - digestBytes)
}

/** Whether the bytes are those that the name of a hashed kind promises. */
export function matchesName(name: ObjectName, bytes: Uint8Array): boolean {
  return createHash('sha256').update(bytes).digest('hex') === idOf(name)
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
