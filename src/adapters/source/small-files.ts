/** Small files that steer a walk, read directly: they are few, and the walk waits for them. */
import { constants, type FileHandle, open } from 'node:fs/promises'
import { bytesOf, checkAborted, displayName, failure } from '#base'
import type { SmallFiles } from '#ports'

/** Not through a link, and without waiting for the other end of a FIFO. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const absent = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']

export function linuxSmallFiles(): SmallFiles {
  return {
    async readHead(path, bytesMax, signal) {
      checkAborted(signal)
      let file: FileHandle | undefined
      try {
        file = await open(Buffer.from(bytesOf(path)), flags)
        if (!(await file.stat()).isFile()) return undefined
        return await head(file, bytesMax)
      } catch (problem) {
        const code = problem instanceof Error && 'code' in problem ? String(problem.code) : ''
        if (absent.includes(code)) return undefined
        throw failure('source.unreadable', { path: displayName(path), problem: code }, problem)
      } finally {
        await file?.close()
      }
    },
  }
}

async function head(file: FileHandle, bytesMax: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(bytesMax)
  let length = 0
  while (length < bytesMax) {
    const { bytesRead } = await file.read(bytes, length, bytesMax - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}
