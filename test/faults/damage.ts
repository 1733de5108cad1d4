// What storage, or whoever keeps it, may do to the files of a vault. Each damage is a value, so that a
// test can say which one it was.
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { kindOf, type ObjectName, parseObjectName } from '#engine'
import type { SeededRandom } from '#ports'

export const damageKinds = [
  'flip',
  'truncate',
  'extend',
  'empty',
  'delete',
  'zero',
  'swap-same-kind',
  'swap-other-kind',
  'foreign',
  'replay',
] as const
export type DamageKind = (typeof damageKinds)[number]

export type StoredFile = {
  readonly name: ObjectName
  /** Relative to the folder. */
  readonly path: string
  readonly copy: boolean
}

/** Every file of the folder that is an object or the copy of one. */
export function listStored(folder: string): StoredFile[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
  return files.flatMap((path) => {
    const parts = path.split('/')
    const copy = parts[0] === 'copies'
    const [kind = '', ...rest] = copy ? parts.slice(1) : parts
    const name = parseObjectName(`${kind}/${rest.at(-1)}`)
    return name === undefined ? [] : [{ name, path, copy }]
  })
}

export type Damage = {
  readonly kind: DamageKind
  readonly victim: StoredFile
  /** Both files of a twofold object. */
  readonly both: boolean
}

/** @param foreign a vault folder of another vault. @returns false when the damage cannot be done to this file */
export function inflict(
  folder: string,
  damage: Damage,
  { random, foreign }: { readonly random: SeededRandom; readonly foreign: string },
): boolean {
  const { victim, kind, both } = damage
  const files = listStored(folder).filter(
    ({ name, path }) => name === victim.name && (both || path === victim.path),
  )
  const from = kind === 'foreign' ? foreign : folder
  const other = needsOther.includes(kind) ? pickOther(from, damage, random) : undefined
  if (needsOther.includes(kind) && other === undefined) return false
  const at = random.u32()
  for (const file of files) {
    const twin = listStored(from).find(({ name, copy }) => name === other && copy === file.copy)
    if (other !== undefined && twin === undefined) return false
    inflictOn(join(folder, file.path), kind, { at, other: twin && join(from, twin.path) })
  }
  return true
}

const needsOther: readonly DamageKind[] = ['swap-same-kind', 'swap-other-kind', 'foreign', 'replay']

function inflictOn(
  path: string,
  kind: DamageKind,
  { at, other }: { readonly at: number; readonly other: string | undefined },
): void {
  if (kind === 'delete') rmSync(path)
  else if (other === undefined) writeFileSync(path, damaged(readFileSync(path), kind, at))
  else if (kind === 'foreign' || kind === 'replay') copyFileSync(other, path)
  else {
    const aside = `${path}.swap`
    renameSync(path, aside)
    renameSync(other, path)
    renameSync(aside, other)
  }
}

function damaged(bytes: Uint8Array, kind: DamageKind, at: number): Uint8Array {
  const place = at % Math.max(1, bytes.length)
  const result = Uint8Array.from(bytes)
  if (kind === 'empty') return new Uint8Array(0)
  if (kind === 'truncate') return result.subarray(0, place)
  if (kind === 'extend') return Buffer.concat([result, Buffer.from('more')])
  if (kind === 'zero') return result.fill(0, place, Math.min(place + 4096, result.length))
  result[place] = (result[place] ?? 0) ^ (1 << (at % 8))
  return result
}

function pickOther(
  from: string,
  { kind, victim }: Damage,
  random: SeededRandom,
): ObjectName | undefined {
  const sameKind = (file: StoredFile) => kindOf(file.name) === kindOf(victim.name)
  const candidates = listStored(from).filter((file) => {
    if (file.copy !== victim.copy) return false
    if (kind === 'swap-other-kind') return !sameKind(file)
    // An older entry in the place of a newer one.
    if (kind === 'replay') return sameKind(file) && file.name < victim.name
    return sameKind(file) && file.name !== victim.name
  })
  return random.pick(candidates)?.name
}

export function bytesIn(folder: string): Map<string, number> {
  return new Map(listStored(folder).map(({ path }) => [path, statSync(join(folder, path)).size]))
}
