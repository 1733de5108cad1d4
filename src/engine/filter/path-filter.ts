/** Decides which paths a backup takes. Paths are absolute, as bytes. */
import type { ByteString } from '#base'

export interface PathFilter {
  /**
   * Whether this path is left out; an excluded directory is not entered, so nothing below it is asked for.
   * @param fileBytes size of a regular file; undefined for everything else
   */
  excludes(path: ByteString, isDirectory: boolean, fileBytes?: number): boolean
}

/** Takes everything. */
export const everything: PathFilter = { excludes: () => false }
