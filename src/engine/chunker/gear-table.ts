// The secret of the chunker: one 64-bit word for each value of a byte. See docs/format/chunker.md.

import { assert } from '#base'

/** 256 little-endian 64-bit words. */
export const gearTableBytes = 256 * 8

/** The words in halves, since a number of JavaScript holds 53 bits exactly. */
export type GearTable = {
  readonly low: Uint32Array
  readonly high: Uint32Array
}

/** The table that is written down in `bytes`, which the caller derives from the vault's chunker key. */
export function gearTable(bytes: Uint8Array): GearTable {
  assert(bytes.length === gearTableBytes, `a gear table is made of ${gearTableBytes} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const low = new Uint32Array(256)
  const high = new Uint32Array(256)
  for (let value = 0; value < 256; value++) {
    low[value] = view.getUint32(value * 8, true)
    high[value] = view.getUint32(value * 8 + 4, true)
  }
  return { low, high }
}
