/** The files of points as something to look around in, read-only: what a mount shows. Paths are relative, '' is the root. */
import type { ByteString } from '#base'
import type { Entry } from '#engine'

export interface ReadableFile {
  readonly size: number
  /**
   * Exactly these bytes, fewer only at the end of the file, each verified.
   * @throws object.damaged, object.missing, chunk.missing; never zeros in place of what cannot be read
   */
  read(
    range: { readonly offset: number; readonly length: number },
    signal: AbortSignal,
  ): Promise<Uint8Array>
}

export interface ReadableTree {
  /** Undefined only when there is none. */
  find(path: ByteString, signal: AbortSignal): Promise<Entry | undefined>
  /** What stands in a directory, in name order; nothing for what is no directory. */
  list(path: ByteString, signal: AbortSignal): AsyncIterable<readonly Entry[]>
  /** @throws path.not-found */
  open(path: ByteString, signal: AbortSignal): Promise<ReadableFile>
}
