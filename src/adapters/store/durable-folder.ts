/**
 * The one way bytes get into a vault folder: a file under a temporary name in the same file system, written, synced,
 * linked under its final name (which fails when the name is taken, where a rename would replace), the folder synced. So
 * no name ever stands for half an object, and what was acknowledged survives a power cut. A sync that failed is final:
 * Linux drops the pages and would report success the next time, so nothing more is written in this session.
 */
import { constants } from 'node:fs'
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { byteStringFromText, type Failure, failure } from '#base'
import { AT_FDCWD } from '../linux/descriptors.ts'
import { renameAt } from '../linux/write-calls.ts'
import { tempFolder } from './directory-layout.ts'
import { withFolderLock } from './folder-lock.ts'
import { errnoName, isErrno, storageError } from './storage-error.ts'
import {
  fateOf,
  newTempName,
  otherBootDeadAfterMs,
  type TempOwner,
  thisProcess,
} from './temp-names.ts'

export type TempFile = { readonly path: string; readonly handle: FileHandle }
export type LinkRequest = {
  readonly temp: string
  /** Relative to the folder. */
  readonly path: string
  readonly object: string
}

export class DurableFolder {
  readonly root: string
  readonly #synced = new Set<string>()
  #owner: Promise<TempOwner> | undefined
  #broken: Failure | undefined

  constructor(root: string) {
    this.root = root
  }

  /** @throws storage.broken after a sync that failed. */
  checkWhole(): void {
    if (this.#broken === undefined) return
    throw failure('storage.broken', { problem: this.#broken.message }, this.#broken)
  }

  async createTemp(): Promise<TempFile> {
    this.checkWhole()
    // The first write of a session also clears away what dead processes left.
    this.#owner ??= this.#prepareTemp().catch((problem: unknown) => {
      this.#owner = undefined
      throw problem
    })
    const path = join(this.root, tempFolder, newTempName(await this.#owner))
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW
    return { path, handle: await open(path, flags, 0o600) }
  }

  /** Everything written through this handle is on the disk when this returns. */
  async sync(handle: FileHandle, object: string): Promise<void> {
    try {
      await handle.sync()
    } catch (problem) {
      this.#breakWith(problem, object)
      throw problem
    }
  }

  async syncFolder(path: string, object: string): Promise<void> {
    const handle = await open(join(this.root, path), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await this.sync(handle, object)
    } finally {
      await handle.close()
    }
  }

  /** Gives a synced temporary file its final name, durably; false when the name is taken. */
  async link(request: LinkRequest): Promise<boolean> {
    this.checkWhole()
    const folder = dirname(request.path)
    await this.#ensureFolder(folder, request.object)
    try {
      await nameNew(request.temp, join(this.root, request.path))
    } catch (problem) {
      if (isErrno(problem, 'EEXIST')) return false
      throw problem
    }
    await this.syncFolder(folder, request.object)
    return true
  }

  /**
   * Puts a synced temporary file in the place of one that is damaged. `stillDamaged` is asked under a lock that all who
   * replace take, so of two writers of one name only one replaces; nobody else ever touches a name that is taken.
   */
  async replace(request: LinkRequest, stillDamaged: () => Promise<boolean>): Promise<boolean> {
    this.checkWhole()
    return withFolderLock(join(this.root, tempFolder), async () => {
      if (!(await stillDamaged())) return false
      await rename(request.temp, join(this.root, request.path))
      await this.syncFolder(dirname(request.path), request.object)
      return true
    })
  }

  /** Removes a file for good; one that is not there is no error, but its absence is made durable too. */
  async remove(path: string, object: string): Promise<void> {
    this.checkWhole()
    try {
      await unlink(join(this.root, path))
    } catch (problem) {
      if (!isErrno(problem, 'ENOENT')) throw problem
    }
    try {
      await this.syncFolder(dirname(path), object)
    } catch (problem) {
      if (!isErrno(problem, 'ENOENT')) throw problem
    }
  }

  /** What a crash leaves here the next session clears away, so a failure is worth no failing for. */
  async removeTemp(path: string): Promise<void> {
    try {
      await unlink(path)
    } catch (problem) {
      if (errnoName(problem) === '') throw problem
    }
  }

  /** What is in this folder now stays, and so does the folder; one that is not there is no error. */
  async secure(path: string, object: string): Promise<void> {
    this.checkWhole()
    try {
      for (let folder = path; folder !== '.'; folder = dirname(folder))
        await this.syncFolder(folder, object)
      await this.syncFolder('.', object)
    } catch (problem) {
      if (!isErrno(problem, 'ENOENT')) throw problem
    }
  }

  /** The folder exists and its own entry in its parent is durable. */
  async #ensureFolder(path: string, object: string): Promise<void> {
    if (this.#synced.has(path) || path === '.') return
    await this.#ensureFolder(dirname(path), object)
    try {
      await mkdir(join(this.root, path), 0o700)
    } catch (problem) {
      if (!isErrno(problem, 'EEXIST')) throw problem
    }
    // Also when it was there: whoever made it may have died before this step.
    await this.syncFolder(dirname(path), object)
    this.#synced.add(path)
  }

  async #prepareTemp(): Promise<TempOwner> {
    const owner = thisProcess()
    const folder = join(this.root, tempFolder)
    // Not recursive: when the vault folder itself has gone, nothing is built in its place.
    try {
      await mkdir(folder, 0o700)
    } catch (problem) {
      if (!isErrno(problem, 'EEXIST')) throw problem
    }
    const others: string[] = []
    for (const file of await readdir(folder)) {
      const fate = fateOf(file, owner)
      if (fate === 'dead') await this.removeTemp(join(folder, file))
      if (fate === 'other boot') others.push(join(folder, file))
    }
    if (others.length > 0) await this.#removeOld(others, join(folder, newTempName(owner)))
    return owner
  }

  /** How old they are is asked of the storage itself: clocks of machines differ. */
  async #removeOld(paths: readonly string[], probe: string): Promise<void> {
    const handle = await open(probe, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600)
    try {
      const nowMs = (await handle.stat()).mtimeMs
      for (const path of paths) {
        const writtenMs = await lastWrite(path)
        if (writtenMs !== undefined && nowMs - writtenMs > otherBootDeadAfterMs)
          await this.removeTemp(path)
      }
    } finally {
      await handle.close()
      await this.removeTemp(probe)
    }
  }

  #breakWith(problem: unknown, object: string): void {
    const cause = storageError(problem, object)
    this.#broken ??= failure('storage.unavailable', { object, problem: errnoName(problem) }, cause)
  }
}

/** Undefined when it has gone meanwhile. */
async function lastWrite(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mtimeMs
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}

const noLinksCodes = new Set(['EPERM', 'EOPNOTSUPP', 'ENOSYS'])

/** Gives a file a name that must be free. File systems without hard links (exFAT, FAT) can rename that way. */
async function nameNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (problem) {
    if (!noLinksCodes.has(errnoName(problem))) throw problem
    renameAt(AT_FDCWD, {
      from: byteStringFromText(from),
      to: byteStringFromText(to),
      placing: 'new',
    })
  }
}

/** Makes the entries of folders that were just created durable; `first` is the topmost of them. */
export async function syncNewFolders(root: string, first: string | undefined): Promise<void> {
  if (first === undefined) return
  for (let path = root; ; path = dirname(path)) {
    const handle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (path === first || path === dirname(path)) return
  }
}

/** Size of a regular file; undefined when there is none of this name. */
export async function fileBytes(path: string): Promise<number | undefined> {
  try {
    const stat = await lstat(path)
    return stat.isFile() ? stat.size : undefined
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}

/** Undefined when there is no file of this name. */
export async function readWhole(path: string): Promise<Uint8Array | undefined> {
  try {
    const buffer = await readFile(path)
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}
