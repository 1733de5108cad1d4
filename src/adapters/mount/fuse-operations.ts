/** The questions of the kernel, answered from a tree. An error that is more than "there is none" is told to the user too. */
import type { FuseOperations, FuseStat } from 'fuse-native'
import { type ByteString, byteString, isFailure } from '#base'
import {
  decodeExtras,
  decodeXattrs,
  type Entry,
  type EntryKind,
  guardTree,
  type Xattr,
} from '#engine'
import type { ReadableFile, ReadableTree } from '#ports'
import { candidatePaths, shownName } from './shown-name.ts'

const errno = { ENOENT: -2, EIO: -5, EBADF: -9, EMFILE: -24, ENODATA: -61 } as const
const openFilesMax = 4096
const blockBytes = 512
const preferredBytes = 128 * 1024

const typeBits: Readonly<Record<EntryKind, number>> = {
  fifo: 0o010000,
  charDevice: 0o020000,
  directory: 0o040000,
  blockDevice: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
}

export type OperationOptions = {
  readonly onProblem: (problem: unknown) => void
  readonly signal: AbortSignal
}

export function fuseOperations(tree: ReadableTree, options: OperationOptions): FuseOperations {
  const server = new TreeServer(tree, options)
  return {
    getattr: (path, done) => server.answer(done, async () => statOf(await server.get(path))),
    readdir: (path, done) => server.answer(done, () => server.names(path)),
    readlink: (path, done) => server.answer(done, async () => targetOf(await server.get(path))),
    open: (path, _, done) => server.answer(done, () => server.open(path)),
    read(_, handle, target, length, offset, done) {
      server.read(handle, { offset, length }).then(
        (bytes) => {
          target.set(bytes)
          done(bytes.length)
        },
        (problem: unknown) => done(server.errnoOf(problem)),
      )
    },
    release(_, handle, done) {
      server.close(handle)
      done(0)
    },
    statfs: (_, done) => done(0, { bsize: 4096, frsize: 4096, namemax: 255 }),
    getxattr: (path, name, _, done) => server.answer(done, () => server.xattr(path, name)),
    listxattr: (path, done) =>
      server.answer(done, async () => {
        return xattrsOf(await server.get(path)).map(({ name }) => shownName(name))
      }),
  }
}

/** An answer of the kernel's own kind. */
class Refusal extends Error {
  readonly errno: number

  constructor(number: number) {
    super(`errno ${-number}`)
    this.errno = number
  }
}

class TreeServer {
  readonly #tree: ReadableTree
  readonly #options: OperationOptions
  readonly #open = new Map<number, ReadableFile>()
  #lastHandle = 0

  constructor(tree: ReadableTree, options: OperationOptions) {
    this.#tree = tree
    this.#options = options
  }

  answer<T>(done: (errno: number, result?: T) => void, work: () => Promise<T>): void {
    work().then(
      (result) => done(0, result),
      (problem: unknown) => done(this.errnoOf(problem)),
    )
  }

  async get(shown: string): Promise<Entry> {
    return (await this.#locate(shown)).entry
  }

  async names(shown: string): Promise<string[]> {
    const { path } = await this.#locate(shown)
    const names = ['.', '..']
    for await (const entries of this.#tree.list(path, this.#options.signal))
      for (const { name } of entries) if (isName(name)) names.push(shownName(name))
    return names
  }

  async open(shown: string): Promise<number> {
    const { path } = await this.#locate(shown)
    const file = await this.#tree.open(path, this.#options.signal)
    if (this.#open.size >= openFilesMax) throw new Refusal(errno.EMFILE)
    do this.#lastHandle = (this.#lastHandle % 0x7fff_ffff) + 1
    while (this.#open.has(this.#lastHandle))
    this.#open.set(this.#lastHandle, file)
    return this.#lastHandle
  }

  async read(
    handle: number,
    range: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array> {
    const file = this.#open.get(handle)
    if (file === undefined) throw new Refusal(errno.EBADF)
    return await file.read(range, this.#options.signal)
  }

  close(handle: number): void {
    this.#open.delete(handle)
  }

  async xattr(shown: string, name: string): Promise<Buffer> {
    const found = xattrsOf(await this.get(shown)).find((one) => shownName(one.name) === name)
    if (found === undefined) throw new Refusal(errno.ENODATA)
    return Buffer.from(found.value)
  }

  errnoOf(problem: unknown): number {
    if (problem instanceof Refusal) return problem.errno
    if (isFailure(problem, 'path.not-found')) return errno.ENOENT
    if (!isFailure(problem, 'job.aborted')) this.#options.onProblem(problem)
    return errno.EIO
  }

  async #locate(shown: string): Promise<{ readonly path: ByteString; readonly entry: Entry }> {
    for (const path of candidatePaths(shown)) {
      const entry = await this.#tree.find(path, this.#options.signal)
      if (entry !== undefined) return { path, entry }
    }
    throw new Refusal(errno.ENOENT)
  }
}

/** What the kernel would refuse, or take for a way out of the folder, is not shown (A13). */
function isName(name: ByteString): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)
}

function statOf(entry: Entry): FuseStat {
  const { rdev, linkTarget } = decodeExtras(entry.extra)
  const size = entry.kind === 'symlink' ? (linkTarget?.length ?? 0) : entry.size
  const mtime = milliseconds(entry.mtimeSec, entry.mtimeNsec)
  return {
    mode: typeBits[entry.kind] | entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size,
    nlink: entry.kind === 'file' ? entry.nlink : 1,
    rdev: rdev === undefined ? 0 : deviceNumber(rdev),
    blksize: preferredBytes,
    blocks: Math.ceil(size / blockBytes),
    mtime,
    atime: mtime,
    ctime: milliseconds(entry.ctimeSec, entry.ctimeNsec),
  }
}

/** fuse-native knows no finer time, and none before 1970. */
function milliseconds(second: number, nanosecond: number): number {
  return Math.max(0, second * 1000 + Math.floor(nanosecond / 1_000_000))
}

/** As makedev of the C library, for the 32 bits that there are. */
function deviceNumber({
  major,
  minor,
}: {
  readonly major: number
  readonly minor: number
}): number {
  return (((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xf_ff00) << 12)) >>> 0
}

function targetOf(entry: Entry): string {
  const { linkTarget } = decodeExtras(entry.extra)
  if (linkTarget === undefined) throw new Refusal(errno.ENOENT)
  return shownName(byteString(linkTarget))
}

function xattrsOf(entry: Entry): readonly Xattr[] {
  const { xattrs } = decodeExtras(entry.extra)
  return xattrs === undefined ? [] : guardTree(() => decodeXattrs(xattrs))
}
