/**
 * The blocks of a pack found without its footer: each begins with a clear header that tells its length, and explains
 * itself when it is opened. Where a header is damaged the walk goes on at the next one of this vault. So a pack that lost
 * its footer loses nothing, and one with a damaged block loses that block. See docs/format/pack.md.
 */
import { failure, isFailure } from '#base'
import {
  type BlockKind,
  type ChunkId,
  checkPackHeader,
  chunkIdOf,
  decodeHeader,
  type EnvelopeHeader,
  envelopeHeaderBytes,
  envelopeOverheadBytes,
  openBlock,
  packHeaderBytes,
  packTrailerBytes,
} from '#engine'
import type { ObjectEntry } from '#ports'
import type { Vault } from './vault.ts'

/** Far more than a pack ever holds: beyond it the object is no pack of ours. */
const walkedBytesMax = 256 * 1024 * 1024

export type WalkedBlock =
  | {
      readonly kind: BlockKind
      readonly offset: number
      readonly storedBytes: number
      readonly ids: readonly ChunkId[]
      readonly lengths: readonly number[]
    }
  /** Bytes that are no block that opens. */
  | { readonly kind: 'unreadable'; readonly offset: number; readonly storedBytes: number }

/** Everything between the header and the footer of a pack, in order and without gaps. */
export async function walkPack(
  vault: Vault,
  { name, bytes: length }: ObjectEntry,
  signal: AbortSignal,
): Promise<WalkedBlock[]> {
  if (length > walkedBytesMax)
    throw failure('object.damaged', { object: name, problem: 'it is far too large' })
  const bytes = await vault.ports.store.find(name, undefined, signal)
  if (bytes === undefined) throw failure('object.missing', { object: name })
  checkOwner(bytes, vault, name)
  const blocks: WalkedBlock[] = []
  let at = packHeaderBytes
  while (at < bytes.length) {
    const header = headerAt(vault, bytes, at)
    if (header?.kind === 'footer') break
    const block = header === undefined ? undefined : openAt(vault, { bytes, at, header }, name)
    if (block !== undefined) blocks.push(block)
    const next = block === undefined ? findHeader(vault, bytes, at + 1) : at + block.storedBytes
    if (block === undefined) blocks.push({ kind: 'unreadable', offset: at, storedBytes: next - at })
    at = next
  }
  return withoutTail(blocks, bytes)
}

/** A damaged header says nothing of the rest; one that names another vault does. */
function checkOwner(bytes: Uint8Array, vault: Vault, name: string): void {
  try {
    checkPackHeader(bytes, vault.config.vaultId, name)
  } catch (problem) {
    if (findHeader(vault, bytes, packHeaderBytes) === bytes.length) throw problem
  }
}

function headerAt(vault: Vault, bytes: Uint8Array, at: number): EnvelopeHeader | undefined {
  if (!isHeader(vault, bytes, at)) return undefined
  try {
    return decodeHeader(bytes.subarray(at, at + envelopeHeaderBytes), 'a block')
  } catch (problem) {
    if (isFailure(problem)) return undefined
    throw problem
  }
}

function openAt(
  vault: Vault,
  place: { readonly bytes: Uint8Array; readonly at: number; readonly header: EnvelopeHeader },
  object: string,
): WalkedBlock | undefined {
  const { bytes, at, header } = place
  const { kind } = header
  const storedBytes = envelopeOverheadBytes + header.storedLength
  if ((kind !== 'data' && kind !== 'tree') || at + storedBytes > bytes.length) return undefined
  const { cipher } = vault.ports
  try {
    const sealed = bytes.subarray(at, at + storedBytes)
    const chunks = openBlock(cipher, vault.keys, { kind, sealed, object })
    return {
      kind,
      offset: at,
      storedBytes,
      ids: chunks.map((chunk) => chunkIdOf(cipher, vault.keys, chunk)),
      lengths: chunks.map((chunk) => chunk.length),
    }
  } catch (problem) {
    if (isFailure(problem, 'object.damaged')) return undefined
    throw problem
  }
}

/** Where the next envelope of this vault begins; the end of the bytes when there is none. */
function findHeader(vault: Vault, bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x48, from); at >= 0; at = bytes.indexOf(0x48, at + 1))
    if (isHeader(vault, bytes, at)) return at
  return bytes.length
}

/** Magic and vault id: 18 bytes that content has by chance never. */
function isHeader(vault: Vault, bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x48 || bytes[at + 1] !== 0x46) return false
  const { vaultId } = vault.config
  return vaultId.every((byte, i) => bytes[at + 8 + i] === byte)
}

/** What follows the last block and is unreadable is what was the footer, mostly. */
function withoutTail(blocks: WalkedBlock[], bytes: Uint8Array): WalkedBlock[] {
  const last = blocks.at(-1)
  const isTail =
    last?.kind === 'unreadable' && last.offset + last.storedBytes >= bytes.length - packTrailerBytes
  return isTail ? blocks.slice(0, -1) : blocks
}
