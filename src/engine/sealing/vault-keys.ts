/** The keys of a vault, all derived from one random master of 32 bytes. See docs/format/keys.md. */
import { assert, type Brand, toHex } from '#base'
import type { Cipher } from './cipher.ts'
import type { SealingKey } from './envelope.ts'

export const chunkIdBytes = 32
export type ChunkId = Brand<Uint8Array, 'ChunkId'>

export type VaultKeys = {
  readonly vaultId: Uint8Array
  /** Turns a chunk's SHA-256 into its id, so that ids reveal nothing about content. */
  readonly idKey: Uint8Array
  /** 2048 bytes: the keyed gear table of the chunker. */
  readonly gear: Uint8Array
  /** Seals blocks of file content. */
  readonly data: SealingKey
  /** Seals everything else: trees, footers, indexes, points, marks. */
  readonly meta: SealingKey
}

export function deriveVaultKeys(
  cipher: Cipher,
  vaultId: Uint8Array,
  master: Uint8Array,
): VaultKeys {
  assert(master.length === 32, 'a master key has 32 bytes')
  const derive = (label: string, length: number) =>
    cipher.expand(master, `holdfast/v1/${label}/${toHex(vaultId)}`, length)
  return {
    vaultId,
    idKey: derive('chunk-id', 32),
    gear: derive('gear', 2048),
    data: { vaultId, key: derive('seal-data', 32) },
    meta: { vaultId, key: derive('seal-meta', 32) },
  }
}

/** HMAC-SHA-256(idKey, SHA-256(chunk)): a data plane can make it from a digest that an agent without keys sends. */
export function chunkIdOf(cipher: Cipher, keys: VaultKeys, chunk: Uint8Array): ChunkId {
  return cipher.mac(keys.idKey, cipher.digest(chunk)) as ChunkId
}

/** @param bytes 32 bytes read from a record that was authenticated. */
export function chunkId(bytes: Uint8Array): ChunkId {
  assert(bytes.length === chunkIdBytes, 'a chunk id has 32 bytes')
  return bytes as ChunkId
}
