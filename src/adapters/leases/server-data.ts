/**
 * The data of a server with SQLite, held by one process: two of them would undo each other's work. Both the folder and the
 * catalog are locked, since a catalog may lie elsewhere. The kernel gives the locks back when the process dies.
 *
 * The catalog has a lock file of its own: SQLite locks the database itself with locks that end when anybody in the process
 * closes it.
 */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, isFailure } from '#base'
import { isErrno, onStorage } from '../store/storage-error.ts'
import { acquireLock } from './directory-leases.ts'

export type ServerData = {
  readonly folder: string
  /** Of SQLite. */
  readonly catalog: string
}

/** @throws server.data-in-use, storage.* */
export async function holdServerData(
  { folder, catalog }: ServerData,
  holder: string,
): Promise<AsyncDisposable> {
  await using held = new AsyncDisposableStack()
  for (const file of [join(folder, 'server.lock'), `${await realPathOf(catalog)}.lock`]) {
    try {
      held.use(await onStorage(file, () => acquireLock(file, 'owner', holder)))
    } catch (problem) {
      if (!isFailure(problem, 'vault.leased')) throw problem
      const { holder: other = '', since = '' } = problem.context
      throw failure('server.data-in-use', { data: folder, holder: other, since }, problem)
    }
  }
  return held.move()
}

/** By whatever name it is called, it is one catalog. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return path
    throw problem
  }
}
