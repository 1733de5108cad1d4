// Open directories of a restore target, by relative path. Each is opened relative to its parent's
// descriptor and never through a link, so a path that another process swaps for a link while we work
// leads to an error and not out of the target (A15).
import type { ByteString } from '#base'
import { pathPointer } from './byte-path.ts'
import { closeDescriptor, OPEN_DIRECTORY, openAt, openPath } from './descriptors.ts'
import { checkedComponents } from './entry-name.ts'
import { kernel, lastError } from './kernel.ts'
import { isSystemError } from './system-error.ts'

/** What a new directory has until its own mode is set: nobody else looks in before. */
const NEW_DIRECTORY_MODE = 0o700

export type Absent = 'make' | 'fail'

export class DirectoryFds {
  readonly #root: number
  readonly #openMax: number
  /** Least recently used first; the root is not among them. */
  readonly #open = new Map<ByteString, number>()

  /** @throws SystemCallError; a link in place of the root's last component is one. */
  constructor(root: ByteString, openMax = 256) {
    this.#root = openPath(root, { flags: OPEN_DIRECTORY })
    this.#openMax = Math.max(openMax, 2)
  }

  /**
   * A descriptor of the directory at this relative path, valid until the next call.
   * @throws SystemCallError, name.hostile
   */
  descriptor(path: ByteString, absent: Absent): number {
    if (path === '') return this.#root
    const known = this.#touch(path)
    if (known !== undefined) return known
    return this.#walk(path, absent)
  }

  /** Makes one directory; answers whether it was not there before. Its parent must exist. */
  make(path: ByteString): 'made' | 'found' {
    const slash = path.lastIndexOf('/')
    const parent = this.descriptor(path.slice(0, Math.max(slash, 0)) as ByteString, 'fail')
    const [name] = checkedComponents(path.slice(slash + 1) as ByteString)
    if (name === undefined) return 'found'
    const answer = makeDirectoryAt(parent, name)
    this.descriptor(path, 'fail')
    return answer
  }

  /** Whatever stood at `path` is renamed or gone: its descriptors and those below serve no more. */
  forget(path: ByteString): void {
    for (const [known, fd] of this.#open) {
      if (known !== path && !known.startsWith(`${path}/`)) continue
      this.#open.delete(known)
      closeDescriptor(fd)
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open.values()) closeDescriptor(fd)
    this.#open.clear()
    closeDescriptor(this.#root)
  }

  /** From the deepest open directory on the way, one component after the other. */
  #walk(path: ByteString, absent: Absent): number {
    const names = checkedComponents(path)
    const ends = componentEnds(path)
    let depth = names.length
    let fd: number | undefined
    while (depth > 0 && fd === undefined) {
      depth--
      if (depth > 0) fd = this.#touch(path.slice(0, ends[depth - 1]) as ByteString)
    }
    let current = fd ?? this.#root
    for (; depth < names.length; depth++) {
      const name = names[depth] ?? ('' as ByteString)
      current = openDirectoryAt(current, name, absent)
      this.#keep(path.slice(0, ends[depth]) as ByteString, current)
    }
    return current
  }

  #touch(path: ByteString): number | undefined {
    const fd = this.#open.get(path)
    if (fd === undefined) return undefined
    this.#open.delete(path)
    this.#open.set(path, fd)
    return fd
  }

  /** The one just kept is never the one closed: there is room for two. */
  #keep(path: ByteString, fd: number): void {
    this.#open.set(path, fd)
    if (this.#open.size <= this.#openMax) return
    const [oldest] = this.#open
    if (oldest === undefined) return
    this.#open.delete(oldest[0])
    closeDescriptor(oldest[1])
  }
}

/** Answers whether the directory was not there before. @throws SystemCallError */
function makeDirectoryAt(parent: number, name: ByteString): 'made' | 'found' {
  const { call3, sys } = kernel()
  if (call3(sys.mkdirat, parent, pathPointer(name), NEW_DIRECTORY_MODE) === 0) return 'made'
  const problem = lastError('mkdir', name)
  if (isSystemError(problem, 'EEXIST')) return 'found'
  throw problem
}

function openDirectoryAt(parent: number, name: ByteString, absent: Absent): number {
  try {
    return openAt(parent, name, { flags: OPEN_DIRECTORY })
  } catch (problem) {
    if (absent === 'fail' || !isSystemError(problem, 'ENOENT')) throw problem
    makeDirectoryAt(parent, name)
    return openAt(parent, name, { flags: OPEN_DIRECTORY })
  }
}

/** Where each component of a relative path ends. */
function componentEnds(path: ByteString): readonly number[] {
  const ends: number[] = []
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) ends.push(at)
  ends.push(path.length)
  return ends
}
