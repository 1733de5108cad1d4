/** Names that no directory can have. A vault may be written by a hostile machine: they are refused before anything else (A13). */
import type { ByteString } from '#base'

const slash = 0x2f
const dot = 0x2e

/** Why these bytes are no name; undefined when they are one. */
export function findNameProblem(name: Uint8Array, length: number): string | undefined {
  if (length === 0) return 'it is empty'
  if (length > 255) return 'it is longer than 255 bytes'
  if (name[0] === dot && (length === 1 || (length === 2 && name[1] === dot)))
    return 'it names another directory'
  for (let i = 0; i < length; i++) {
    if (name[i] === slash) return 'it has a slash'
    if (name[i] === 0) return 'it has a NUL'
  }
  return undefined
}

/** The same for every component of a directory in key form. */
export function findKeyProblem(key: ByteString): string | undefined {
  if (key === '') return undefined
  if (!key.endsWith('\0')) return 'its directory is malformed'
  const bad = key
    .slice(0, -1)
    .split('\0')
    .some((name) => name === '' || name === '.' || name === '..' || name.includes('/'))
  return bad ? 'it lies in a directory of such a name' : undefined
}
