/**
 * What the command line needs of the machine. bin/ fulfils it with the real adapters, each loaded when it is asked for, so
 * that `holdfast points` starts no worker and loads no native library.
 */
import type { Readable, Writable } from 'node:stream'
import type { Fetch } from '#contract'
import type { Argon2Cost, Cipher } from '#engine'
import type {
  ArchiveWriter,
  BlockOpener,
  BlockRecoder,
  Clock,
  KeyStretcher,
  Leases,
  ObjectStore,
  ReadableTree,
  SmallFiles,
  SourceTree,
  TargetTree,
} from '#ports'
import type { Vault } from '#vault'
import type { Services } from './services.ts'

/** A stream that may be a terminal. */
export type InputStream = Readable & {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export type VaultFolder = {
  readonly path: string
  readonly store: ObjectStore
  readonly leases: Leases
  /** Space set aside for jobs that free space. */
  readonly reserve: Reserve
  close(): Promise<void>
}

export type Reserve = {
  /** Makes it where it is missing and there is room. */
  keep(): Promise<void>
  /** @returns whether there was something to give up */
  spend(): Promise<boolean>
}

export type OpenSource = AsyncDisposable & { readonly tree: SourceTree }

export type OpenBlocks = AsyncDisposable & {
  readonly opener: BlockOpener
  readonly recoder: BlockRecoder
}

export type MountRequest = {
  readonly directory: string
  /** Told of everything that programs see as an input/output error only. */
  readonly onProblem: (problem: unknown) => void
}

export type MountedFolder = { readonly directory: string; readonly ended: Promise<void> }

export type Stretcher = KeyStretcher & { calibrate(signal: AbortSignal): Promise<Argon2Cost> }

/** How a control server proves who it is: authorities of the system, or SHA-256 of its certificate in hexadecimal. */
export type ServerTrust =
  | { readonly kind: 'system' }
  | { readonly kind: 'fingerprint'; readonly sha256: string }

export type ServerLink = {
  readonly fetch: Fetch
  close(): Promise<void>
}

/** What a server shows before anybody trusts it. */
export type ShownCertificate = {
  readonly sha256: string
  /** Why the authorities of the system do not vouch for it; undefined: they do. */
  readonly doubt: string | undefined
}

export interface Machine {
  readonly version: string
  /** What the program runs on: `node v26.10.0, linux-x64`. */
  readonly runtime: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly homeFolder: string
  readonly hostName: string
  readonly userName: string
  readonly processId: number
  readonly input: InputStream
  readonly output: OutputStream
  readonly errors: OutputStream
  readonly clock: Clock
  /** Ctrl-C, SIGTERM, SIGHUP. @returns how to stop listening */
  onInterrupt(listener: (signal: string) => void): () => void
  /** Errors that nothing caught. @returns how to stop listening */
  onUncaught(listener: (problem: unknown) => void): () => void
  /** Leaves at once, whatever is under way. */
  exit(code: number): never
  openCipher(): Promise<Cipher>
  openStretcher(): Promise<Stretcher>
  /** @throws vault.not-found when there is no such folder and none is to be made */
  openVaultFolder(path: string, place: 'existing' | 'new'): Promise<VaultFolder>
  /** The files of this machine, read by worker threads. */
  openSource(vault: Vault): Promise<OpenSource>
  /** Ignore files and cache tags, as a backup reads them. */
  openSmallFiles(): Promise<SmallFiles>
  /** Blocks of the vault, checked by worker threads. */
  openBlocks(vault: Vault): Promise<OpenBlocks>
  /** The file tree of this machine, to restore into. */
  openTarget(): Promise<TargetTree>
  /** Shows a tree as a folder. Until `signal` fires, or somebody unmounts it. @throws mount.unavailable, target.not-found */
  mount(tree: ReadableTree, request: MountRequest, signal: AbortSignal): Promise<MountedFolder>
  /** The programs that run for long: server and agent. */
  openServices(): Promise<Services>
  /** An archive on standard output. */
  openArchive(format: 'tar' | 'zip'): Promise<ArchiveWriter>
  /** Calls fail with link.untrusted when somebody else answers. */
  openServerLink(trust: ServerTrust): Promise<ServerLink>
  /** Sends nothing. @throws server.unreachable */
  showCertificate(address: string, signal: AbortSignal): Promise<ShownCertificate>
}
