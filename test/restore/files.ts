// Files of a given size, content and time, for the trees that are backed up and restored.

import fs from 'node:fs'
import { join } from 'node:path'

export const day = 86_400
export const backedUpAt = 1_700_000_000

/** Bytes that do not compress, the same for the same seed. */
export function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed + 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function write(
  folder: string,
  name: string,
  content: string | Buffer,
  at = backedUpAt,
): void {
  fs.mkdirSync(join(folder, name, '..'), { recursive: true })
  fs.writeFileSync(join(folder, name), content)
  fs.utimesSync(join(folder, name), at, at)
}
