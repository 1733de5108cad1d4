// Paths and names as byte strings: every character code is one byte, because on Linux any byte but
// NUL and '/' may stand in a name. They become pointers for the kernel through two slots of memory
// that this thread owns; a pointer is valid until its slot is used again.
import type { ByteString } from '#base'
import { kernel } from './kernel.ts'
import { ERRNO, SystemCallError } from './system-error.ts'

/** The kernel's own limit for one path, with its NUL. */
export const PATH_BYTES_MAX = 4096

// NUL would end a path early, and a code above one byte would be cut to another character: '\u012f'
// to '/'. The brand says that neither occurs; the kernel is not the place to find out otherwise.
const NOT_BYTES = /[\0\u0100-\uffff]/

/** Memory with a NUL-terminated copy of a path in it. */
class PathSlot {
  readonly #bytes = Buffer.alloc(PATH_BYTES_MAX)
  readonly #address = kernel().addressOf(this.#bytes)

  put(path: ByteString): number {
    if (NOT_BYTES.test(path)) throw new SystemCallError('path', ERRNO.EINVAL, path)
    if (path.length >= PATH_BYTES_MAX) throw new SystemCallError('path', ERRNO.ENAMETOOLONG, path)
    this.#bytes.write(path, 0, 'latin1')
    this.#bytes[path.length] = 0
    return this.#address
  }
}

let first: PathSlot | undefined
let second: PathSlot | undefined

export function pathPointer(path: ByteString): number {
  first ??= new PathSlot()
  return first.put(path)
}

/** For calls that take two paths. */
export function secondPathPointer(path: ByteString): number {
  second ??= new PathSlot()
  return second.put(path)
}

/** The path of "this descriptor itself", for calls with AT_EMPTY_PATH. */
export function emptyPathPointer(): number {
  return pathPointer('' as ByteString)
}
