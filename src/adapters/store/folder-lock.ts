/** Does something short in a folder while no other process, and nobody else in this one, does it too. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '#base'
import { tryLock } from '../linux/file-lock.ts'

const retryMs = 10
const retriesMax = 3000

export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    for (let tries = 0; !tryLock(handle.fd, 'exclusive'); tries++) {
      if (tries === retriesMax) {
        throw failure('storage.unavailable', { object: folder, problem: 'it stays locked' })
      }
      await delay(retryMs)
    }
    return await work()
  } finally {
    // Closing gives the lock back.
    await handle.close()
  }
}
