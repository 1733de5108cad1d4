/** What the backup of the server itself needs of the machine. */
import type { SourceTree } from '#ports'
import type { Vault } from '#vault'

export interface OwnBackupPorts {
  readonly hostName: string
  readonly userName: string
  /**
   * Writes the export as a file for this server alone, and compressed beside the keys. Nothing is replaced before the
   * last line has come. @returns the folder in which the file is
   */
  keepExport(lines: AsyncIterable<string>, signal: AbortSignal): Promise<KeptExport>
  /** The bytes of the export beside the keys, unpacked; undefined: there is none. */
  openKept(): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Reads files for a vault: with its keys, in threads of its own. */
  openSource(vault: Vault): Promise<{ readonly tree: SourceTree } & AsyncDisposable>
}

/** The file while it is there. */
export type KeptExport = AsyncDisposable & {
  readonly path: string
}

/** In a point of the server itself. */
export const exportFileName = 'catalog-export.json'
