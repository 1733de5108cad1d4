/** What the agent needs of its machine and of the network; bin/ plugs in what the adapters have. */
import type { ByteString, Failure } from '#base'
import type { Fetch, MachineFacts } from '#contract'

/** How the server proves who it is. */
export type Trust =
  /** PEM of the authority that it told at activation; nothing else is trusted. */
  | { readonly kind: 'authority'; readonly pem: string }
  /** SHA-256 of the server's certificate, from the activation text. */
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  /** The authorities of the operating system. */
  | { readonly kind: 'system' }

export type LinkCredentials = {
  readonly trust: Trust
  /** PEMs of what the agent proves itself with; absent before activation. */
  readonly identity?: { readonly privateKey: string; readonly certificate: string }
}

export interface AgentLink {
  /** @throws link.untrusted when another than the expected server answers */
  readonly fetch: Fetch
  close(): Promise<void>
}
export type OpenLink = (credentials: LinkCredentials) => AgentLink

/** A mount of the machine, and whether Essential backs it up (B1). */
export type Mount = {
  readonly path: ByteString
  readonly fileSystem: string
  readonly device?: string | undefined
  readonly totalBytes: number
  readonly usedBytes: number
  /** `undefined`: local block storage. Else why not. */
  readonly foreign?: ForeignReason | undefined
}
/** kernel: made up by it (proc, cgroup), never files of anybody. memory: gone at the next start. duplicate: seen elsewhere too. */
export type ForeignReason =
  | 'network'
  | 'virtual'
  | 'memory'
  | 'kernel'
  | 'overlay'
  | 'duplicate'
  | 'read-only-image'

export type MachineDescription = Omit<MachineFacts, 'clientVersion' | 'volumes'>

export interface Machine {
  /** @throws system.unsupported on a machine that is not protected (A8) */
  describe(signal: AbortSignal): Promise<MachineDescription>
  mounts(signal: AbortSignal): Promise<readonly Mount[]>
}

/** How much of the machine the jobs of now may take (D3). */
export type PriorityRequest = {
  readonly nice: number
  readonly io: 'usual' | 'lowest' | 'idle'
  readonly coresMax: number | undefined
}

export interface PriorityControl {
  /** @returns what could not be set, as sentences */
  apply(request: PriorityRequest): readonly string[]
}

export type HookCall = {
  readonly name: string
  /** Checked already: of the hooks directory, and root's alone. */
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export type HookOutcome = {
  /** What went wrong, for the report; undefined when it ended with 0. */
  readonly problem?: string | undefined
  /** The last of what it printed. */
  readonly output: string
}

export interface HookRunner {
  /** Never throws for what the hook does; it and all it began are gone afterwards. */
  run(call: HookCall, signal: AbortSignal): Promise<HookOutcome>
}

/** What goes into the agent's own log. No secrets. */
export type AgentLog = {
  readonly info: (message: string) => void
  readonly warn: (message: string, problem?: Failure | Error) => void
}
