/**
 * When two rows are one file: hard links (docs/format/tree.md). Device and inode number alone do not tell. Devices are
 * numbered anew at a boot, inode numbers are used again, and a row that is kept says what was true when it was read. So
 * names are one file only where all that was read of them agrees; else each is a file of its own, and no restore, dump or
 * archive puts the content of one in the place of the other.
 */
import { ByteReader, type ByteString, ByteWriter, byteString } from '#base'
import type { Cipher } from '../sealing/cipher.ts'
import type { VaultKeys } from '../sealing/vault-keys.ts'
import { type Entry, extraTags, guardTree } from './entry.ts'

/** Facts of a file's row. Not its number of links: that may be older in one row than in the other. */
export type LinkedRow = Pick<
  Entry,
  | 'mode'
  | 'uid'
  | 'gid'
  | 'size'
  | 'mtimeSec'
  | 'mtimeNsec'
  | 'ctimeSec'
  | 'ctimeNsec'
  | 'inoLow'
  | 'inoHigh'
  | 'inconsistent'
  | 'extra'
>

export type OneFileTools = { readonly cipher: Cipher; readonly keys: VaultKeys }

/**
 * Equal for two rows of files exactly when they are names of one file; undefined for a file of one name, and for one that
 * changed while it was read: nobody knows which state of it another name shows.
 * @throws tree.malformed
 */
export function oneFileKey({ cipher, keys }: OneFileTools, row: LinkedRow): ByteString | undefined {
  const facts = oneFileFacts(row)
  return facts === undefined ? undefined : byteString(cipher.mac(keys.idKey, facts))
}

/** What `oneFileKey` is made of: as many bytes as the extras of the row, and some. @throws tree.malformed */
export function oneFileFacts(row: LinkedRow): Uint8Array | undefined {
  const { extra } = row
  if (row.inconsistent || findLinkDevice(extra) === undefined) return undefined
  const facts = new ByteWriter(128 + extra.length)
  for (const number of [row.mode, row.uid, row.gid, row.size, row.inoLow, row.inoHigh])
    facts.zigzag(number)
  for (const number of [row.mtimeSec, row.mtimeNsec, row.ctimeSec, row.ctimeNsec])
    facts.zigzag(number)
  // The device, the content and the attributes.
  facts.bytes(extra)
  return facts.view()
}

/** The device number in encoded extras, found without decoding them: a kept row is asked for it. @throws tree.malformed */
export function findLinkDevice(extra: Uint8Array): ByteString | undefined {
  return guardTree(() => {
    const reader = new ByteReader(extra)
    while (reader.remaining > 0) {
      const tag = reader.u8()
      const length = reader.varint()
      const at = reader.skip(length)
      if (tag === extraTags.linkDevice) return byteString(extra.subarray(at, at + length))
    }
    return undefined
  })
}

/** Encoded extras with another device number, and every other field as it is, also one that is unknown here. */
export function withLinkDevice(extra: Uint8Array, device: string): Uint8Array {
  return guardTree(() => {
    const reader = new ByteReader(extra)
    const fields = new ByteWriter(extra.length + 32)
    while (reader.remaining > 0) {
      const tag = reader.u8()
      const value = reader.block(extra.length)
      fields.u8(tag)
      fields.block(tag === extraTags.linkDevice ? new TextEncoder().encode(device) : value)
    }
    return fields.finish()
  })
}
