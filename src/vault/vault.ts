/**
 * A vault that was opened with its master key: its configuration, its keys, and the records in it. The order of reading
 * is part of the format: points are listed before the index is loaded, since a point written in between would name trees
 * that none of our segments know (docs/format/order.md).
 */
import { assert, type Failure, failure, fromHex, isFailure } from '#base'
import {
  type Cipher,
  decodeIndexSegment,
  decodePoint,
  decodeVaultConfig,
  deriveVaultKeys,
  encodeVaultConfig,
  hashedName,
  type IndexSegment,
  idOf,
  type KnownPoint,
  type LedgerState,
  type ObjectKind,
  type ObjectName,
  objectName,
  open,
  type Point,
  parseObjectName,
  pointState,
  seal,
  type VaultConfig,
  type VaultKeys,
} from '#engine'
import type { Clock, Leases, ObjectReader, ObjectStore } from '#ports'
import { beginLedger, readLedger } from './ledger.ts'

export type VaultPorts = {
  readonly store: ObjectStore
  readonly leases: Leases
  readonly clock: Clock
  readonly cipher: Cipher
}

export type Vault = {
  readonly ports: VaultPorts
  readonly config: VaultConfig
  readonly keys: VaultKeys
}

/** As much of a vault as is needed to make sense of its blocks; a guest has no more. */
export type VaultView = {
  readonly ports: Pick<VaultPorts, 'cipher'>
  readonly config: Vault['config']
  readonly keys: VaultKeys
}

export const configName = objectName('vault', 'config')
const recordsMax = 10_000_000
/** A whole collection must come in between to make two of them necessary. */
const listTriesMax = 10

/** Makes a new vault: the configuration, then an empty ledger. The store refuses when another vault is there. */
export async function createVault(
  ports: VaultPorts,
  config: VaultConfig,
  master: Uint8Array,
  signal: AbortSignal,
): Promise<Vault> {
  const there = await ports.store.stat(configName, signal)
  if (there !== undefined) throw failure('vault.exists', { vault: 'this place' })
  const vault = openVault(ports, config, master)
  await ports.store.put(configName, encodeVaultConfig(config), signal)
  await beginLedger(vault, signal)
  return vault
}

/** The configuration, which needs no key. @throws vault.not-found */
export async function readVaultConfig(
  store: ObjectReader,
  signal: AbortSignal,
): Promise<VaultConfig> {
  const bytes = await store.find(configName, undefined, signal)
  if (bytes === undefined) throw failure('vault.not-found', { vault: 'this place' })
  return decodeVaultConfig(bytes)
}

/** @param master 32 bytes from a key slot */
export function openVault(ports: VaultPorts, config: VaultConfig, master: Uint8Array): Vault {
  return { ports, config, keys: deriveVaultKeys(ports.cipher, config.vaultId, master) }
}

export type PointList = {
  /** Living points, oldest first. */
  readonly points: readonly KnownPoint[]
  /** Ids of living points whose record cannot be read: damage, to be said and never passed over. */
  readonly lost: readonly { readonly id: string; readonly problem: string }[]
}

/**
 * The living points: those that the ledger names, with what it says of them. One that has expired since `state` was read
 * may have lost its record to a collection: it lives no longer, and is no damage.
 */
export async function readPoints(
  vault: Vault,
  state: LedgerState,
  signal: AbortSignal,
  /** Records that were read before: they never change. What is read now is added, what lives no longer is taken out. */
  known = new Map<string, Point>(),
): Promise<PointList> {
  for (const id of known.keys()) if (!state.points.has(id)) known.delete(id)
  const points: KnownPoint[] = []
  const lost: { id: string; problem: string }[] = []
  for (const [id, marks] of state.points) {
    try {
      const point = known.get(id) ?? (await readPoint(vault, id, signal))
      known.set(id, point)
      points.push({ id, point, state: pointState(point, marks) })
    } catch (problem) {
      if (!isDamage(problem)) throw problem
      lost.push({ id, problem: problem.message })
    }
  }
  points.sort((a, b) => a.point.sequence - b.point.sequence)
  if (lost.length === 0) return { points, lost }
  const living = await livingNow(vault, signal)
  return { points, lost: lost.filter(({ id }) => living?.has(id) ?? true) }
}

/** Undefined when the ledger itself is damaged: `state` was salvaged from it then, and nothing has expired since. */
async function livingNow(
  vault: Vault,
  signal: AbortSignal,
): Promise<LedgerState['points'] | undefined> {
  try {
    return (await readLedger(vault, signal)).points
  } catch (problem) {
    if (isDamage(problem)) return undefined
    throw problem
  }
}

/** The living points that can be read, oldest first; `readPoints` also tells which cannot. */
export async function listPoints(vault: Vault, signal: AbortSignal): Promise<KnownPoint[]> {
  const { points } = await readPoints(vault, await readLedger(vault, signal), signal)
  return [...points]
}

export async function readPoint(vault: Vault, id: string, signal: AbortSignal): Promise<Point> {
  const name = parseObjectName(`point/${id}`)
  if (name === undefined)
    throw failure('object.damaged', { object: 'the ledger', problem: 'it names what is no point' })
  return decodePoint(await openHashed(vault, { kind: 'point', name }, signal), name)
}

/**
 * A sealed record that is named by the hash of its bytes. The seal says that the bytes are ours, the name that they are
 * these: without it one point could be passed off as another (reliability A05).
 * @throws object.missing, object.damaged
 */
async function openHashed(
  vault: Vault,
  { kind, name }: { readonly kind: 'point' | 'index'; readonly name: ObjectName },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { cipher, store } = vault.ports
  const sealed = await store.find(name, undefined, signal)
  if (sealed === undefined) throw failure('object.missing', { object: name })
  if (hashedName(kind, cipher.digest(sealed)) !== name)
    throw failure('object.damaged', {
      object: name,
      problem: 'its bytes are not those of its name',
    })
  return open(cipher, vault.keys.meta, { kind, sealed, object: name })
}

/** Seals and stores a record under the hash of its stored bytes. */
export async function putSealed(
  vault: Vault,
  record: { readonly kind: 'point' | 'index'; readonly plaintext: Uint8Array },
  signal: AbortSignal,
): Promise<ObjectName> {
  const { cipher, store } = vault.ports
  const sealed = seal(cipher, vault.keys.meta, { ...record, level: 3 })
  // Read back before it is written: what a faulty memory cell did to it is found now.
  open(cipher, vault.keys.meta, { kind: record.kind, sealed, object: 'a new record' })
  const name = hashedName(record.kind, cipher.digest(sealed))
  await store.put(name, sealed, signal)
  return name
}

export type KnownSegment = { readonly name: ObjectName; readonly segment: IndexSegment }

/** The index segments that count: those that no other one supersedes. @throws object.damaged */
export async function listSegments(vault: Vault, signal: AbortSignal): Promise<KnownSegment[]> {
  const { segments, damaged } = await readSegments(vault, signal)
  const [first] = damaged
  if (first !== undefined) throw first.problem
  return [...segments]
}

export type SegmentList = {
  readonly segments: readonly KnownSegment[]
  /** Unreadable, and no other one took their place. */
  readonly damaged: readonly { readonly name: ObjectName; readonly problem: Failure }[]
}

/**
 * The same with what is damaged beside what is good, for those who look for damage. A list is not one moment: a segment
 * that takes the place of others may be written behind it while it runs, and those others removed before it comes to
 * them. So a second list must show no such segment that the first did not, and none that is gone when we ask for it.
 * What was read is kept: a collection that removes segments one by one does not set us back each time.
 */
export async function readSegments(vault: Vault, signal: AbortSignal): Promise<SegmentList> {
  const read = new Map<ObjectName, ReadSegment>()
  for (let tries = 0; tries < listTriesMax; tries++) {
    const { isSettled } = await readNewSegments(vault, read, signal)
    if (isSettled && tries > 0) return countingOf(read)
  }
  throw failure('storage.unavailable', {
    object: 'the index',
    problem: 'segments that are listed are not there',
  })
}

type ReadSegment =
  | { readonly kind: 'good'; readonly segment: IndexSegment }
  | { readonly kind: 'damaged'; readonly problem: Failure }

/** Adds what the list shows and was not read yet. Settled: nothing of it says that segments come and go. */
async function readNewSegments(
  vault: Vault,
  read: Map<ObjectName, ReadSegment>,
  signal: AbortSignal,
): Promise<{ readonly isSettled: boolean }> {
  let isSettled = true
  for await (const name of namesOf(vault, 'index', signal)) {
    if (read.has(name)) continue
    try {
      const plaintext = await openHashed(vault, { kind: 'index', name }, signal)
      const segment = decodeIndexSegment(plaintext, name)
      read.set(name, { kind: 'good', segment })
      if (segment.supersedes.length > 0) isSettled = false
    } catch (problem) {
      if (isFailure(problem, 'object.missing')) {
        isSettled = false
        continue
      }
      if (!isDamage(problem)) throw problem
      read.set(name, { kind: 'damaged', problem })
    }
  }
  return { isSettled }
}

/** Those that no other one supersedes. */
function countingOf(read: ReadonlyMap<ObjectName, ReadSegment>): SegmentList {
  const superseded = new Set<ObjectName>()
  for (const one of read.values()) {
    if (one.kind === 'damaged') continue
    for (const id of one.segment.supersedes) superseded.add(hashedName('index', id))
  }
  const segments: KnownSegment[] = []
  const damaged: { name: ObjectName; problem: Failure }[] = []
  for (const [name, one] of read) {
    if (superseded.has(name)) continue
    if (one.kind === 'good') segments.push({ name, segment: one.segment })
    else damaged.push({ name, problem: one.problem })
  }
  return { segments, damaged }
}

/** Names only, collected first, so that objects may come and go while they are read. */
async function* namesOf(
  vault: Vault,
  kind: ObjectKind,
  signal: AbortSignal,
): AsyncIterable<ObjectName> {
  const names: ObjectName[] = []
  for await (const entry of vault.ports.store.list(kind, signal)) names.push(entry.name)
  assert(names.length <= recordsMax, 'a vault has at most recordsMax records of a kind')
  yield* names
}

export function packId(name: ObjectName): Uint8Array {
  return fromHex(idOf(name))
}

/** Whether a problem says that stored bytes are wrong, as opposed to being out of reach. */
export function isDamage(problem: unknown): problem is Failure {
  return isFailure(problem) && problem.entry.kind === 'damaged'
}
