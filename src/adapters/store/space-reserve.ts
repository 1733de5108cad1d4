/**
 * A file in the vault folder that holds nothing but space. On a disk that is completely full not even the record could be
 * written of what may be deleted; a job that frees space gives this up first. It is made again when there is room.
 */
import { randomBytes } from 'node:crypto'
import { open, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoName, isErrno, onStorage } from './storage-error.ts'

export const reserveName = 'reserve'
/** Some ledger entries, each written twice, and an index segment. */
const reserveBytes = 1024 * 1024

export interface SpaceReserve {
  /** Makes it where it is missing. A disk without room for it has none. */
  keep(): Promise<void>
  /** @returns whether there was something to give up */
  spend(): Promise<boolean>
}

export function spaceReserve(vaultPath: string): SpaceReserve {
  const path = join(vaultPath, reserveName)
  return {
    keep: () => onStorage(reserveName, () => keep(path)),
    spend: () => onStorage(reserveName, () => remove(path)),
  }
}

async function keep(path: string): Promise<void> {
  if ((await sizeOf(path)) === reserveBytes) return
  try {
    const handle = await open(path, 'w', 0o600)
    try {
      // Random: a file system that compresses or finds equal blocks would set aside nothing.
      await handle.writeFile(randomBytes(reserveBytes))
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (problem) {
    await remove(path)
    if (!['ENOSPC', 'EDQUOT'].includes(errnoName(problem))) throw problem
  }
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return false
    throw problem
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return undefined
    throw problem
  }
}
