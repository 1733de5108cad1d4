/**
 * Blocks between a vault and a session with a machine that has none of the vault's sealing keys (decision 6). On the way
 * they are sealed with keys that live as long as the session. Both sides name content with the same id key.
 */
import { assert, equalBytes, failure } from '#base'
import { type BlockKind, encodeBlock, openBlock, type SealedBlock, sealPlaintext } from './block.ts'
import type { Cipher } from './cipher.ts'
import { carryKey, decodeHeader, reseal, seal } from './envelope.ts'
import { type ChunkId, chunkIdOf, deriveVaultKeys, type VaultKeys } from './vault-keys.ts'

/** What is shown in part is compressed anew, and read once. */
const releaseLevel = 1

/** What a session tells the machine at the other end. */
export type SessionSecrets = {
  /** 16 bytes; stands in for the identity of the vault. */
  readonly sessionId: Uint8Array
  /** 32 bytes; both sealing keys are derived from it. */
  readonly master: Uint8Array
}

/** Names content as the vault does, and seals as the session does. */
export function deriveSessionKeys(
  cipher: Cipher,
  naming: Pick<VaultKeys, 'idKey' | 'gear'>,
  { sessionId, master }: SessionSecrets,
): VaultKeys {
  const { idKey, gear } = naming
  const { vaultId, data, meta } = deriveVaultKeys(cipher, sessionId, master)
  const opensCarried = true
  return {
    vaultId,
    idKey,
    gear,
    data: { ...data, opensCarried },
    meta: { ...meta, opensCarried },
  }
}

export type IncomingBlock = {
  readonly kind: BlockKind
  /** By the sender's keys. */
  readonly sealed: Uint8Array
  /** What the sender says of all its chunks. */
  readonly ids: readonly ChunkId[]
  readonly lengths: readonly number[]
  /** Ordinals of the chunks to store. */
  readonly keep: readonly number[]
  readonly level: number
}

/** Whose keys seal a block before and after. */
export type KeyChange = { readonly from: VaultKeys; readonly to: VaultKeys }

/**
 * A block for the vault from one that was sent. Every chunk of it is hashed against its id first, also those that are not
 * kept (A03, A04). When all are kept, the very frame is sealed anew, and it is what came out that is opened and hashed.
 * @returns undefined when nothing is to be kept
 * @throws object.damaged when the block is not what the sender says, encode.mismatch
 */
export function admitBlock(
  cipher: Cipher,
  { from, to }: KeyChange,
  { kind, sealed, ids, lengths: said, keep, level }: IncomingBlock,
): SealedBlock | undefined {
  const object = 'a block that was sent'
  // Before it is decompressed: a few bytes can say that they stand for many.
  if (decodeHeader(sealed, object).rawLength !== plaintextBytesOf(said))
    throw failure('object.damaged', { object, problem: 'it has another length than its chunks' })
  const isWhole = keep.length === ids.length
  const bytes = isWhole
    ? reseal(cipher, sealingsOf({ from, to }, kind), { kind, sealed, object })
    : sealed
  const keys = isWhole ? to : from
  const chunks = openBlock(cipher, keys, { kind, sealed: bytes, object })
  const isAsSaid = (id: ChunkId, i: number) =>
    chunks[i]?.length === said[i] && isOf(cipher, keys, chunks[i], id)
  if (chunks.length !== ids.length || !ids.every(isAsSaid))
    throw failure('object.damaged', { object, problem: 'its chunks are not those of its ids' })
  if (keep.length === 0) return undefined
  const kept = keep.map((ordinal) => {
    const [id, chunk] = [ids[ordinal], chunks[ordinal]]
    assert(id !== undefined && chunk !== undefined, 'what is kept was sent')
    return { id, chunk }
  })
  const lengths = kept.map(({ chunk }) => chunk.length)
  const about = { rawLength: plaintextBytesOf(lengths), ids: kept.map(({ id }) => id), lengths }
  if (isWhole) return { bytes, ...about }
  const plaintext = encodeBlock(kept.map(({ chunk }) => chunk))
  return { ...sealPlaintext(cipher, to, { kind, ids: about.ids, plaintext, level }), ...about }
}

/** A block of the vault for the machine at the other end, which may see all of it: its key, and as it is stored. */
export function releaseWhole(
  cipher: Cipher,
  from: VaultKeys,
  {
    kind,
    sealed,
    object,
  }: { readonly kind: BlockKind; readonly sealed: Uint8Array; readonly object: string },
): readonly Uint8Array[] {
  return carryKey(cipher, kind === 'data' ? from.data : from.meta, { kind, sealed, object })
}

/**
 * A block of the vault for the machine at the other end, sealed anew. Chunks that it may not see are empty, so that the
 * others keep their numbers.
 * @param show ordinals of the chunks to show
 */
export function releaseBlock(
  cipher: Cipher,
  change: KeyChange,
  request: {
    readonly kind: BlockKind
    readonly sealed: Uint8Array
    readonly show: readonly number[]
    readonly object: string
  },
): Uint8Array {
  const { kind, sealed, show, object } = request
  const shown = new Set(show)
  const chunks = openBlock(cipher, change.from, { kind, sealed, object })
  const nothing = new Uint8Array()
  const plaintext = encodeBlock(chunks.map((chunk, i) => (shown.has(i) ? chunk : nothing)))
  return seal(cipher, sealingsOf(change, kind).to, { kind, plaintext, level: releaseLevel })
}

/** The count, the lengths, the chunks. */
function plaintextBytesOf(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 4 + 4 * lengths.length)
}

function sealingsOf({ from, to }: KeyChange, kind: BlockKind) {
  return kind === 'data' ? { from: from.data, to: to.data } : { from: from.meta, to: to.meta }
}

function isOf(
  cipher: Cipher,
  keys: VaultKeys,
  chunk: Uint8Array | undefined,
  id: ChunkId,
): boolean {
  return chunk !== undefined && equalBytes(id, chunkIdOf(cipher, keys, chunk))
}
