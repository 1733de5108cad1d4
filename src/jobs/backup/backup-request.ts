/** What a backup is asked for, and what it works with. */
import type { KnownPoint, PathFilter, PointFailure, PointSource } from '#engine'
import type { BackupSession, Reporter, SourceTree } from '#ports'
import type { ChunkReader } from '#vault'
import type { Reliance } from './check-relied.ts'
import type { DirectoryMarks } from './directory-rules.ts'

export type BackupRequest = {
  readonly sources: readonly PointSource[]
  /** Of those sources, the ones that are not there now: the point says so, and takes the others. */
  readonly missing?: readonly PointFailure[]
  readonly filter: PathFilter
  /** Directories never entered whatever the filter says, such as the vault itself. */
  readonly skipped: readonly { readonly dev: bigint; readonly ino: bigint }[]
  readonly oneFileSystem: boolean
  /** Files in directories that are to be obeyed; undefined: none is. */
  readonly marks?: DirectoryMarks | undefined
  readonly tags: readonly string[]
  readonly host: string
  readonly user: string
  /** Undefined: for ever. */
  readonly retainForMs: number | undefined
  /** The point to compare with; undefined reads everything. */
  readonly parent: KnownPoint | undefined
  readonly startedAt: number
}

export type BackupPorts = {
  readonly source: SourceTree
  readonly session: BackupSession
  /** Reads the point to compare with. */
  readonly reader: ChunkReader
  readonly reporter: Reporter
  /** Opens what the vault has already before the point relies on it; undefined: the index is believed. */
  readonly reliance?: Reliance | undefined
}
