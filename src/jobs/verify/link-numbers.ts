/**
 * Names of one tree that have device and inode number in common and are two files all the same (docs/format/tree.md): no
 * damage, since a restore makes two files of them, and worth knowing where hard links were expected. Of a tree that is
 * looked at in part, since another one shares the rest, only that part is known.
 */

import { type ByteString, byteString } from '#base'
import {
  type Cipher,
  findLinkDevice,
  KIND_CODE,
  type LeafCursor,
  oneFileFacts,
  type VaultKeys,
} from '#engine'

/** Files of several names that are remembered of one tree. */
const filesMax = 200_000

export type LinkedName = { readonly numbers: string; readonly facts: Uint8Array }

/** Undefined for rows that are no name of a file of several. @throws tree.malformed */
export function linkedNameOf(row: LeafCursor): LinkedName | undefined {
  if (row.kindCode !== KIND_CODE.file || row.nlink < 2) return undefined
  const facts = oneFileFacts(row)
  if (facts === undefined) return undefined
  return { numbers: `${findLinkDevice(row.extra)}:${row.inoHigh}:${row.inoLow}`, facts }
}

export class LinkNumbers {
  readonly #known = new Map<string, ByteString>()
  readonly #sum: (facts: Uint8Array) => ByteString
  /** Names whose numbers another file had before. */
  differing = 0

  constructor(cipher: Cipher, keys: VaultKeys) {
    this.#sum = (facts) => byteString(cipher.mac(keys.idKey, facts))
  }

  add({ numbers, facts }: LinkedName): void {
    const sum = this.#sum(facts)
    const known = this.#known.get(numbers)
    if (known !== undefined && known !== sum) this.differing++
    else if (known === undefined && this.#known.size < filesMax) this.#known.set(numbers, sum)
  }
}
