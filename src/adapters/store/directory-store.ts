/**
 * A vault in a folder of this machine. Writing: src/adapters/store/durable-folder.ts. What is small and precious (the
 * kinds in `twofoldKinds`) lies here twice, the copy written first: it decides between two writers of one name, and it
 * steps in, and heals the primary, when that is missing or damaged. See docs/format/objects.md.
 */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { assert, checkAborted, failure } from '#base'
import { assertProof, type DeletionProof, kindOf, type ObjectKind, type ObjectName } from '#engine'
import type {
  ByteRange,
  CopyState,
  ObjectCopies,
  ObjectDraft,
  ObjectEntry,
  ObjectStore,
} from '#ports'
import { copyPath, humanConfig, primaryPath } from './directory-layout.ts'
import { listFolder } from './directory-listing.ts'
import { DurableFolder, fileBytes, readWhole, syncNewFolders } from './durable-folder.ts'
import { FileDraft } from './file-draft.ts'
import { ObjectFiles } from './object-files.ts'
import { OpenFiles } from './open-files.ts'
import { isErrno, onStorage, storageError } from './storage-error.ts'
import { type Healing, TwofoldObjects } from './twofold-objects.ts'

export type DirectoryStoreOptions = {
  readonly createMissing: boolean
  readonly onHealed?: (healing: Healing) => void
}

export interface DirectoryStore extends ObjectStore, AsyncDisposable {
  readonly path: string
  readonly copies: ObjectCopies
  /** Closes the files kept open for reading. */
  close(): Promise<void>
}

/** @throws vault.not-found when there is no such folder and none is to be made. */
export async function openDirectoryStore(
  path: string,
  options: DirectoryStoreOptions,
): Promise<DirectoryStore> {
  const root = resolve(path)
  return await onStorage(root, async () => {
    if (options.createMissing) {
      await syncNewFolders(root, await mkdir(root, { recursive: true, mode: 0o700 }))
    }
    try {
      return new FolderStore(root, await identityOf(root), options)
    } catch (problem) {
      const absent = isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR')
      throw absent ? failure('vault.not-found', { vault: root }, problem) : problem
    }
  })
}

class FolderStore implements DirectoryStore {
  readonly path: string
  readonly copies: ObjectCopies = { inspect: (name, signal) => this.#inspect(name, signal) }
  readonly #identity: string
  readonly #folder: DurableFolder
  readonly #objects: ObjectFiles
  readonly #twofold: TwofoldObjects
  readonly #files = new OpenFiles()

  constructor(root: string, identity: string, options: DirectoryStoreOptions) {
    this.path = root
    this.#identity = identity
    this.#folder = new DurableFolder(root)
    this.#objects = new ObjectFiles(this.#folder)
    this.#twofold = new TwofoldObjects(this.#objects, options.onHealed)
  }

  async find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    checkAborted(signal)
    return await onStorage(name, async () => {
      const twofold = copyPath(name) !== undefined
      if (!twofold && range !== undefined) return await this.#readRange(name, range)
      const whole = twofold
        ? await this.#twofold.find(name)
        : await readObject(join(this.path, primaryPath(name)))
      if (whole === undefined) await this.#checkStillThere(name)
      if (whole === undefined || range === undefined) return whole
      if (range.offset + range.length > whole.length) throw endsEarly(name)
      return whole.subarray(range.offset, range.offset + range.length)
    })
  }

  async stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined> {
    checkAborted(signal)
    return await onStorage(name, async () => {
      // An empty file is no object: a dying disk leaves one under a name that was never acknowledged.
      const bytes = await fileBytes(join(this.path, primaryPath(name)))
      if (bytes !== undefined && bytes > 0) return bytes
      const copied = await this.#twofold.readCopy(name)
      if (copied !== undefined) return copied.length
      await this.#checkStillThere(name)
      return undefined
    })
  }

  async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
    checkAborted(signal)
    try {
      for await (const entry of listFolder(this.path, kind)) {
        checkAborted(signal)
        yield entry
      }
      await this.#checkStillThere(kind)
    } catch (problem) {
      throw storageError(problem, `the list of ${kind}`)
    }
  }

  async #inspect(name: ObjectName, signal: AbortSignal): Promise<readonly [CopyState, CopyState]> {
    checkAborted(signal)
    assert(copyPath(name) !== undefined, 'only twofold kinds have two copies')
    return await onStorage(name, () => this.#twofold.inspect(name))
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(bytes.length > 0, 'an object has at least one byte')
    this.#folder.checkWhole()
    await onStorage(name, async () => {
      await this.#objects.put(name, bytes, signal)
    })
  }

  async secure(names: readonly ObjectName[], signal: AbortSignal): Promise<void> {
    const paths = names.flatMap((name) => [primaryPath(name), copyPath(name) ?? primaryPath(name)])
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      checkAborted(signal)
      await onStorage(folder, () => this.#folder.secure(folder, folder))
    }
  }

  async draft(kind: ObjectKind, signal: AbortSignal): Promise<ObjectDraft> {
    checkAborted(signal)
    return await onStorage(`a new ${kind}`, async () => {
      const temp = await this.#folder.createTemp()
      return new FileDraft({
        folder: this.#folder,
        kind,
        temp,
        publish: (path, name) => this.#objects.publish(path, name),
      })
    })
  }

  async removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assertProof(proof, name)
    assert(kindOf(name) === 'pack', 'removePack removes packs')
    await onStorage(name, async () => {
      await this.#folder.remove(primaryPath(name), name)
      await this.#files.drop(join(this.path, primaryPath(name)))
    })
  }

  async removeRecord(name: ObjectName, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(kindOf(name) !== 'pack', 'a pack is removed by removePack only')
    await onStorage(name, async () => {
      // The copy first: a copy left alone would bring the object back.
      const copy = copyPath(name)
      if (copy !== undefined) await this.#folder.remove(copy, name)
      if (name === humanConfig.object) await this.#folder.remove(humanConfig.path, name)
      await this.#folder.remove(primaryPath(name), name)
    })
  }

  async close(): Promise<void> {
    await this.#files.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #readRange(name: ObjectName, range: ByteRange): Promise<Uint8Array | undefined> {
    const path = join(this.path, primaryPath(name))
    let bytes: Uint8Array
    try {
      bytes = await this.#files.read(path, range.offset, range.length)
    } catch (problem) {
      if (!isErrno(problem, 'ENOENT')) throw problem
      await this.#checkStillThere(name)
      return undefined
    }
    if (bytes.length === range.length) return bytes
    if ((await fileBytes(path)) === 0) return undefined
    throw endsEarly(name)
  }

  /**
   * "No such file" is the storage's answer only while the folder is the one that was opened. When a disk was unmounted,
   * the empty mount point would say so of everything.
   */
  async #checkStillThere(object: string): Promise<void> {
    let identity: string
    try {
      identity = await identityOf(this.path)
    } catch (problem) {
      throw failure(
        'storage.unavailable',
        { object, problem: 'the vault folder has gone' },
        problem,
      )
    }
    if (identity === this.#identity) return
    throw failure('storage.unavailable', { object, problem: 'another folder stands in its place' })
  }
}

/** Undefined also for an empty file. */
async function readObject(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readWhole(path)
  return bytes?.length === 0 ? undefined : bytes
}

/** Device and inode. */
async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(`${folder}/`, { bigint: true })
  return `${dev}:${ino}`
}

function endsEarly(object: string): Error {
  return failure('object.damaged', { object, problem: 'it ends before what was asked for' })
}
