/** Decides which paths a backup takes. Paths are absolute, as bytes. */
import type { ByteString } from '#base'

export interface PathFilter {
  /** Whether this path is left out; an excluded directory is not entered. */
  excludes(path: ByteString, isDirectory: boolean): boolean
}

/** Takes everything. */
export const everything: PathFilter = { excludes: () => false }
