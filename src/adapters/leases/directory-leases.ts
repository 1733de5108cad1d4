/**
 * Leases of a vault in a folder, as locks of the kernel on two files in it: `owner.lock` (one owner) and `readers.lock`
 * (readers share it, a sweep has it alone). The kernel gives a lock back when its process dies, however it dies; what
 * then still stands in the file is a leftover that nobody reads, since the lock decides.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { checkAborted, failure } from '#base'
import type { Lease, LeaseKind, Leases } from '#ports'
import { tryLock } from '../linux/file-lock.ts'
import { errnoName, isErrno, onStorage } from '../store/storage-error.ts'
import { readHolder, writeHolder } from './holder-note.ts'
import { findLockers } from './kernel-locks.ts'

/** A lock file may be swapped under us; more often than this it is not chance. */
const openTriesMax = 5
const readOnlyCodes = new Set(['EROFS', 'EACCES', 'EPERM'])

/** @param shown what people are told for the folder: on a server it is not for everybody to know where a vault lies */
export function directoryLeases(path: string, shown = path): Leases {
  return {
    async acquire(kind, holder, signal) {
      checkAborted(signal)
      const [file, object] = [join(path, fileOf(kind)), join(shown, fileOf(kind))]
      return await onStorage(object, () => acquireLock(file, kind, holder))
    },
  }
}

function fileOf(kind: LeaseKind): string {
  return kind === 'owner' ? 'owner.lock' : 'readers.lock'
}

/** @throws vault.leased */
export async function acquireLock(path: string, kind: LeaseKind, holder: string): Promise<Lease> {
  for (let tries = 0; tries < openTriesMax; tries++) {
    const handle = await openLock(path, kind)
    if (handle === undefined) return leaseOf(undefined, false)
    try {
      if (!tryLock(handle.fd, kind === 'reader' ? 'shared' : 'exclusive'))
        throw await leased(handle, kind)
      if (await isStill(path, handle)) {
        if (kind !== 'reader') await writeHolder(handle, holder)
        return leaseOf(handle, kind !== 'reader')
      }
    } catch (problem) {
      await handle.close()
      throw problem
    }
    await handle.close()
  }
  const object = basename(path)
  throw failure('storage.unavailable', { object, problem: 'the lock file keeps vanishing' })
}

/**
 * Undefined for a reader of storage that cannot be written and has no lock file: there is no sweep either. A lock file that
 * is there and cannot be opened is an error: whoever may open it may be sweeping.
 */
async function openLock(path: string, kind: LeaseKind): Promise<FileHandle | undefined> {
  const flags = constants.O_CREAT | constants.O_NOFOLLOW
  if (kind !== 'reader') return await open(path, flags | constants.O_RDWR, 0o600)
  try {
    return await open(path, flags | constants.O_RDONLY, 0o600)
  } catch (problem) {
    if (!readOnlyCodes.has(errnoName(problem))) throw problem
  }
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}

/** Whoever deletes a lock file must not let a second holder in: our lock counts only on the file that has the name. */
async function isStill(path: string, handle: FileHandle): Promise<boolean> {
  try {
    const [named, held] = [await stat(path), await handle.stat()]
    return named.ino === held.ino && named.dev === held.dev
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return false
    throw problem
  }
}

async function leased(handle: FileHandle, kind: LeaseKind): Promise<Error> {
  const note = await readHolder(handle)
  if (note !== undefined) return failure('vault.leased', note)
  const lockers = findLockers((await handle.stat()).ino)
  // Readers leave no note, and whoever has just come none yet.
  const who = kind === 'sweep' ? 'a reading job' : 'another job'
  const holder = lockers.length === 0 ? 'another job' : `${who} (process ${lockers.join(', ')})`
  return failure('vault.leased', { holder, since: 'an unknown time' })
}

function leaseOf(handle: FileHandle | undefined, noted: boolean): Lease {
  let open = handle
  const release = async () => {
    const last = open
    open = undefined
    if (last === undefined) return
    try {
      if (noted) await last.truncate(0)
    } finally {
      // Closing gives the lock back.
      await last.close()
    }
  }
  return { release, [Symbol.asyncDispose]: release }
}
