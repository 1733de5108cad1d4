/** Small files that steer a walk, read directly: they are few, and the walk waits for them. */
import { type ByteString, checkAborted, displayName, failure } from '#base'
import { KIND_CODE, LISTING_AT } from '#engine'
import type { SmallFiles } from '#ports'
import {
  closeEntry,
  examineDescriptor,
  type OpenEntry,
  openEntry,
  readAt,
  SystemCallError,
} from '../linux/index.ts'

/** ELOOP: a link stands there, or on the way. */
const absent = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']
const noName = '' as ByteString

export function linuxSmallFiles(): SmallFiles {
  return {
    async readHead(path, bytesMax, signal) {
      checkAborted(signal)
      let entry: OpenEntry | undefined
      try {
        entry = openEntry(path, KIND_CODE.file)
        if (examineDescriptor(entry.fd, noName)[LISTING_AT.kind] !== KIND_CODE.file)
          return undefined
        const into = new Uint8Array(bytesMax)
        const length = readAt(entry, { into, at: 0, length: bytesMax, position: 0 })
        return into.subarray(0, length)
      } catch (problem) {
        if (!(problem instanceof SystemCallError)) throw problem
        if (absent.includes(problem.code)) return undefined
        throw failure(
          'source.unreadable',
          { path: displayName(path), problem: problem.code },
          problem,
        )
      } finally {
        if (entry !== undefined) closeEntry(entry)
      }
    },
  }
}
