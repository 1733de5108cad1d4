// The cipher of hands, which open thousands of blocks. Buffers of a megabyte are given back as soon as
// they have served: the garbage collector would let hundreds of them pile up.
import type { Cipher } from '#engine'
import { nodeCipher } from '../cipher/node-cipher.ts'
import { workerCipher } from '../pool/worker-cipher.ts'

/** What `decompress` returns is valid until its next call, and the bytes given to it are gone. */
export function handCipher(): Cipher {
  const cipher = workerCipher(nodeCipher())
  return {
    ...cipher,
    decompress(bytes, rawLength) {
      const raw = cipher.decompress(bytes, rawLength)
      freeBytes(bytes)
      return raw
    },
  }
}

/** Bytes that nobody uses any more. */
export function freeBytes({ buffer }: Uint8Array): void {
  // To move a buffer into one without bytes is the way to free it at once.
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
