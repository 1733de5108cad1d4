/**
 * Where `holdfast dump` of a folder goes: one stream in a format that other programs read. Entries come one after another,
 * a directory before what is in it. Waits while the reader of the stream is slow.
 */
import type { ByteString } from '#base'
import type { EntryKind, Xattr } from '#engine'

export type ArchiveEntry = {
  /** Relative, with slashes, no level empty, `.` or `..`; '' is the folder itself. */
  readonly path: ByteString
  readonly kind: EntryKind
  /** Permission bits, 07777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Empty when unknown. */
  readonly user: string
  readonly group: string
  readonly mtimeSec: number
  readonly mtimeNsec: number
  /** Bytes that `content` gives; 0 for everything but files. */
  readonly size: number
  readonly linkTarget: ByteString | undefined
  /** Another name of this file that came before: then there is no content. */
  readonly hardLinkTo: ByteString | undefined
  readonly rdev: { readonly major: number; readonly minor: number } | undefined
  readonly xattrs: readonly Xattr[]
}

export interface ArchiveWriter {
  /** Whether a further name of a file can be a reference; else its content is written again. */
  readonly keepsHardLinks: boolean
  /** Why the format cannot hold this entry; undefined when it can. */
  findObstacle(entry: ArchiveEntry): string | undefined
  /**
   * Adds one entry, which has no obstacle. When `content` throws or has another length than promised, this throws too, and
   * the archive must be given up: it is cut short, so no reader takes it for whole.
   */
  add(entry: ArchiveEntry, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** Writes what stands at the end. Without it no reader takes the archive for whole. */
  finish(signal: AbortSignal): Promise<void>
}
