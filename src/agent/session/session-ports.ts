/** What the work of an agent needs of its machine; bin/ plugs in what the adapters have. */
import type { ByteString } from '#base'
import type { ApiClient } from '#contract'
import type { Cipher } from '#engine'
import type { Clock, SourceTree, TargetTree } from '#ports'
import type { VaultView } from '#vault'

export type OpenedSource = { readonly tree: SourceTree } & AsyncDisposable

export type WorkerPorts = {
  /** For data sessions; asked before each use, since an identity is renewed now and then. */
  readonly client: () => ApiClient
  readonly cipher: Cipher
  readonly clock: Clock
  readonly hostName: string
  /** @param threads undefined: as many as there are cores */
  readonly openSource: (view: VaultView, threads: number | undefined) => Promise<OpenedSource>
  readonly openTarget: () => Promise<TargetTree>
  /** By which a directory is known wherever it is met; undefined: there is none. */
  readonly identify: (
    path: ByteString,
  ) => Promise<{ readonly dev: bigint; readonly ino: bigint } | undefined>
  /** The size of the file system that holds a path. */
  readonly volumeBytes: (path: ByteString) => Promise<number | undefined>
  /** What can still be written where a path is, or would be. */
  readonly freeBytes: (path: ByteString) => Promise<number | undefined>
  /**
   * The real path of a directory to restore into, which must be there (F3).
   * @throws target.not-found
   */
  readonly prepareTarget: (
    path: ByteString,
    mayUse: (realPath: ByteString) => void,
  ) => Promise<ByteString>
}
