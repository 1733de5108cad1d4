/** Reads the beginning of small files that steer a walk, such as `.holdfastignore`. */
import type { ByteString } from '#base'

export interface SmallFiles {
  /**
   * At most the first `bytesMax` bytes of a regular file. A link at the end of the path is not followed.
   * @returns undefined when there is no such file, or it is of another kind
   * @throws source.unreadable
   */
  readHead(path: ByteString, bytesMax: number, signal: AbortSignal): Promise<Uint8Array | undefined>
}
