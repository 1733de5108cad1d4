// A restore's hands: everything it puts below one directory, so that nothing lands anywhere else
// (F6, A13–A16). Paths are relative to the root, names are checked, directories are reached by
// descriptors that no link can bend, and every entry is made whole under a temporary name before
// `place` gives it its own. What was prepared and not placed is taken away by `discard`.
import { randomUUID } from 'node:crypto'
import { assert, type ByteString } from '#base'
import { closeDescriptor, OPEN_ENTRY, openAt } from './descriptors.ts'
import { DirectoryFds } from './directory-fds.ts'
import {
  applyMetadata,
  type EntryMetadata,
  prepareFlags,
  type Shortfall,
  sealFlags,
  type WritePermissions,
} from './entry-metadata.ts'
import { splitPath } from './entry-name.ts'
import { type FreshEntry, requireFresh } from './fresh-entry.ts'
import { FLAGS_AT_THE_END } from './inode-flags.ts'
import { type DirectoryIdentity, identityOf } from './list-directory.ts'
import { findRecord } from './listing-records.ts'
import { MODE_FILE, MODE_KIND_MASK, STATX_WORD, statDescriptor, statxWord } from './statx.ts'
import { isSystemError, SystemCallError, swapped } from './system-error.ts'
import {
  type DeviceNumber,
  linkDescriptor,
  makeNodeAt,
  makeSymlinkAt,
  OPEN_AGAIN,
  OPEN_EXISTING,
  OPEN_NEW_FILE,
  renameAt,
  setFileSize,
  syncFileSystem,
  unlinkAt,
  writeAt,
} from './write-calls.ts'
import type { OpenEntry } from './xattr-calls.ts'

export type WriterOptions = {
  readonly permissions: WritePermissions
  /** Stands in every temporary name, so that a job can know its own leftovers; the rest of it is chance. */
  readonly job: string
  readonly openDirectoriesMax?: number
}

/** What tells a file from every other one. */
export type FileIdentity = DirectoryIdentity

/** A file under its temporary name, open for writing. */
export type NewFile = OpenEntry & { readonly spot: Spot; readonly shortfalls: readonly Shortfall[] }

/** A whole entry under its temporary name. */
export type Prepared = {
  readonly spot: Spot
  readonly shortfalls: readonly Shortfall[]
  /** Of what was opened by its temporary name: that name must still stand for it when it is placed. */
  readonly identity: FileIdentity | undefined
  /** A further name of a file that may stand in place already. */
  readonly isLink: boolean
  /** Flags that must wait until it is in place. */
  readonly sealing:
    | { readonly metadata: EntryMetadata; readonly identity: FileIdentity }
    | undefined
}

/** new: nothing may stand there · replace: anything but a directory may. */
export type Placing = 'new' | 'replace'

type Spot = {
  readonly directory: ByteString
  readonly name: ByteString
  readonly temporary: ByteString
}

const TEMPORARY_PREFIX = '.holdfast-'
const NEW_FILE_MODE = 0o600
const noDevice: DeviceNumber = { major: 0, minor: 0 }

export class TreeWriter {
  readonly #directories: DirectoryFds
  readonly #options: WriterOptions

  /** @throws SystemCallError when `root` is no directory, or a link. */
  constructor(root: ByteString, options: WriterOptions) {
    assert(/^[0-9a-z]{8,64}$/.test(options.job), 'a job tag is 8 to 64 letters and digits')
    this.#directories = new DirectoryFds(root, options.openDirectoriesMax)
    this.#options = options
  }

  /** Makes one directory, open to nobody else until `finishDirectory`; its parents when missing. */
  makeDirectory(path: ByteString): 'made' | 'found' {
    this.#directories.descriptor(splitPath(path).directory, 'make')
    return this.#directories.make(path)
  }

  /** After everything below it: owner, mode, attributes, times. */
  finishDirectory(path: ByteString, metadata: EntryMetadata): readonly Shortfall[] {
    const fd = this.#directories.descriptor(path, 'fail')
    const entry = { fd, byPath: false, path }
    const { permissions } = this.#options
    return [
      ...prepareFlags(entry, metadata, permissions),
      ...applyMetadata(entry, metadata, permissions),
      ...sealFlags(entry, metadata, permissions),
    ]
  }

  /** The listing record of what stands at `path` now; undefined when nothing does. */
  find(path: ByteString): Uint8Array | undefined {
    const { directory, name } = splitPath(path)
    try {
      return findRecord(name, this.#directories.descriptor(directory, 'fail'))
    } catch (problem) {
      if (isSystemError(problem, 'ENOENT')) return undefined
      throw problem
    }
  }

  /** A new file that nobody else can open yet. Missing parent directories are made. */
  createFile(path: ByteString, metadata: EntryMetadata): NewFile {
    const spot = this.#spot(path)
    const parent = this.#directories.descriptor(spot.directory, 'make')
    const fd = openAt(parent, spot.temporary, { flags: OPEN_NEW_FILE, mode: NEW_FILE_MODE })
    const entry = { fd, byPath: false, path }
    return { ...entry, spot, shortfalls: prepareFlags(entry, metadata, this.#options.permissions) }
  }

  /** Writes all of `bytes` at `position`; what is never written stays a hole. */
  write(file: OpenEntry, bytes: Uint8Array, position: number): void {
    writeAt(file, bytes, position)
  }

  /** For a hole at the end: the file's size. */
  setSize(file: OpenEntry, size: number): void {
    setFileSize(file, size)
  }

  /** By which a further name of this file is made later: see `prepareLink`. */
  identify(file: OpenEntry): FileIdentity {
    return identityOf(file.fd, file.path)
  }

  /** Gives a written file its metadata and closes it. After an error: `discardFile`. */
  completeFile(file: NewFile, metadata: EntryMetadata): Prepared {
    const own = applyMetadata(file, metadata, this.#options.permissions)
    const endFlags = (metadata.inodeFlags ?? 0) & FLAGS_AT_THE_END
    const sealing = endFlags === 0 ? undefined : { metadata, identity: this.identify(file) }
    closeDescriptor(file.fd)
    const shortfalls = [...file.shortfalls, ...own]
    return { spot: file.spot, shortfalls, identity: undefined, isLink: false, sealing }
  }

  /** A symbolic link with these very bytes as its target; it is never followed. */
  prepareSymlink(path: ByteString, target: ByteString, metadata: EntryMetadata): Prepared {
    const spot = this.#spot(path)
    makeSymlinkAt(this.#directories.descriptor(spot.directory, 'make'), spot.temporary, target)
    return this.#complete(spot, metadata, { kind: 'symlink', rdev: noDevice })
  }

  /**
   * A FIFO or a device. Sockets are recorded in points and made by nobody but their server (B5);
   * devices need the permission (A16): then only the shortfall is answered.
   */
  prepareNode(path: ByteString, metadata: EntryMetadata, rdev: DeviceNumber): Prepared | Shortfall {
    const { kind } = metadata
    assert(
      kind !== 'file' && kind !== 'directory' && kind !== 'symlink',
      'a node is a FIFO or device',
    )
    if (kind === 'socket') return { what: 'socket', reason: 'stripped', detail: 'a socket' }
    if (kind !== 'fifo' && !this.#options.permissions.devices) {
      return { what: 'device', reason: 'stripped', detail: `${kind} ${rdev.major}:${rdev.minor}` }
    }
    const spot = this.#spot(path)
    const parent = this.#directories.descriptor(spot.directory, 'make')
    makeNodeAt(parent, { name: spot.temporary, kind, rdev })
    return this.#complete(spot, metadata, { kind, rdev })
  }

  /** A further name of a file this job has made and placed; anything else at `source` is refused. */
  prepareLink(path: ByteString, source: ByteString, identity: FileIdentity): Prepared {
    const from = splitPath(source)
    const fd = openAt(this.#directories.descriptor(from.directory, 'fail'), from.name, {
      flags: OPEN_ENTRY,
    })
    try {
      requireSame(identityOf(fd, source), identity, source)
      const spot = this.#spot(path)
      linkDescriptor(fd, this.#directories.descriptor(spot.directory, 'make'), spot.temporary)
      return { spot, shortfalls: [], identity: undefined, isLink: true, sealing: undefined }
    } finally {
      closeDescriptor(fd)
    }
  }

  /** The entry takes its name. @throws SystemCallError `exists` when that is taken. */
  place({ spot, sealing, isLink, identity }: Prepared, placing: Placing): readonly Shortfall[] {
    const fd = this.#directories.descriptor(spot.directory, 'fail')
    if (identity !== undefined) requireAt(fd, spot, identity)
    renameAt(fd, { from: spot.temporary, to: spot.name, placing })
    // Renaming one name of a file onto another of the same file does nothing, by definition.
    if (isLink) unlinkAt(fd, spot.temporary, 'may be absent')
    if (sealing === undefined) return []
    const entry = { fd: openAt(fd, spot.name, OPEN_AGAIN), byPath: false, path: spot.name }
    try {
      requireSame(identityOf(entry.fd, spot.name), sealing.identity, spot.name)
      return sealFlags(entry, sealing.metadata, this.#options.permissions)
    } finally {
      closeDescriptor(entry.fd)
    }
  }

  /**
   * The file in place, to compare it and to write what differs; undefined when it is no regular file
   * or has further names, through which writing it would change what is not below our root.
   */
  openExisting(path: ByteString): OpenEntry | undefined {
    const { directory, name } = splitPath(path)
    const fd = openAt(this.#directories.descriptor(directory, 'fail'), name, OPEN_EXISTING)
    const words = statDescriptor(fd, path)
    const isFile = (statxWord(words, STATX_WORD.mode) & MODE_KIND_MASK) === MODE_FILE
    if (isFile && statxWord(words, STATX_WORD.nlink) === 1) return { fd, byPath: false, path }
    closeDescriptor(fd)
    return undefined
  }

  /** What `completeFile` does, for a file opened in place. */
  completeExisting(entry: OpenEntry, metadata: EntryMetadata): readonly Shortfall[] {
    const { permissions } = this.#options
    const shortfalls = applyMetadata(entry, metadata, permissions)
    const sealed = sealFlags(entry, metadata, permissions)
    closeDescriptor(entry.fd)
    return [...shortfalls, ...sealed]
  }

  /** Takes away a file that is not to be completed. */
  discardFile(file: NewFile): void {
    closeDescriptor(file.fd)
    this.discard(file)
  }

  /** Takes away what was prepared and is not to be placed; what is known to stand there instead of it is left alone. */
  discard({ spot, identity }: Pick<Prepared, 'spot'> & Partial<Pick<Prepared, 'identity'>>): void {
    const fd = this.#directories.descriptor(spot.directory, 'fail')
    if (identity === undefined || standsAt(fd, spot, identity))
      unlinkAt(fd, spot.temporary, 'may be absent')
  }

  /** Removes a name that is no directory, for instance a leftover of this job. */
  remove(path: ByteString): void {
    const { directory, name } = splitPath(path)
    unlinkAt(this.#directories.descriptor(directory, 'fail'), name, 'must be there')
  }

  /** A directory below the root, for whoever only looks; valid until the next call. */
  directory(path: ByteString): number {
    return this.#directories.descriptor(path, 'fail')
  }

  /** Whether a name is a temporary one of this job, left by a run that was killed. */
  isLeftover(name: ByteString): boolean {
    return name.startsWith(`${TEMPORARY_PREFIX}${this.#options.job}-`)
  }

  /** Everything written so far is on the disk: contents, names, times. */
  sync(): void {
    syncFileSystem(this.#directories.descriptor('' as ByteString, 'fail'))
  }

  [Symbol.dispose](): void {
    this.#directories[Symbol.dispose]()
  }

  #spot(path: ByteString): Spot {
    // Nobody can have something ready under the next one.
    const temporary = `${TEMPORARY_PREFIX}${this.#options.job}-${randomUUID()}`
    return { ...splitPath(path), temporary: temporary as ByteString }
  }

  /** Metadata for what is opened by its path only, if that is what we have just made there. */
  #complete(spot: Spot, metadata: EntryMetadata, made: FreshEntry): Prepared {
    const parent = this.#directories.descriptor(spot.directory, 'fail')
    let fd: number | undefined
    try {
      fd = openAt(parent, spot.temporary, { flags: OPEN_ENTRY })
      requireFresh(fd, parent, { ...made, path: spot.name })
      const entry = { fd, byPath: true, path: spot.name }
      const identity = identityOf(fd, spot.name)
      const shortfalls = applyMetadata(entry, metadata, this.#options.permissions)
      return { spot, shortfalls, identity, isLink: false, sealing: undefined }
    } catch (problem) {
      // What stands there instead of ours is not ours to remove.
      if (!isSwapped(problem)) this.discard({ spot })
      throw problem
    } finally {
      if (fd !== undefined) closeDescriptor(fd)
    }
  }
}

/** @throws SystemCallError `swapped` when the temporary name stands for something else by now. */
function requireAt(parent: number, { name, temporary }: Spot, identity: FileIdentity): void {
  const fd = openAt(parent, temporary, { flags: OPEN_ENTRY })
  try {
    requireSame(identityOf(fd, name), identity, name)
  } finally {
    closeDescriptor(fd)
  }
}

function standsAt(parent: number, spot: Spot, identity: FileIdentity): boolean {
  try {
    requireAt(parent, spot, identity)
    return true
  } catch (problem) {
    if (isSwapped(problem) || isSystemError(problem, 'ENOENT')) return false
    throw problem
  }
}

function isSwapped(problem: unknown): boolean {
  return problem instanceof SystemCallError && problem.reason === 'swapped'
}

function requireSame(found: FileIdentity, expected: FileIdentity, path: ByteString): void {
  if (found.dev !== expected.dev || found.ino !== expected.ino) throw swapped('open', path)
}
