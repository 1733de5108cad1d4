/** Another machine over SSH, as the push needs it; bin/ plugs in `#adapters/ssh`. */

export type HostKey = {
  /** SHA-256 of the key as it is sent, in hexadecimal. */
  readonly hostKeyDigest: string
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly type: string
}

export type MachineAddress = { readonly host: string; readonly port?: number | undefined }

export type LoginSecret =
  /** A private key as OpenSSH or PEM writes it. */
  | { readonly kind: 'key'; readonly privateKey: string; readonly passphrase?: string }
  | { readonly kind: 'password'; readonly password: string }

export type MachineAccess = MachineAddress & {
  readonly user: string
  /** The machine must answer with this very key; nothing is sent to another. */
  readonly hostKeyDigest: string
  readonly secret: LoginSecret
}

/** A fixed text: nothing that came from outside may stand in a command but what has been checked by its shape. */
export type RemoteCommand = {
  readonly text: string
  /** What is being done, for errors. */
  readonly step: string
  readonly timeoutMs: number
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>
  readonly onSent?: (bytes: number) => void
}

export type RemoteResult = {
  readonly exitCode: number
  /** The beginning of what it printed. */
  readonly output: string
  readonly errors: string
}

export interface RemoteMachine extends AsyncDisposable {
  /** @throws push.late, push.unreachable when the connection breaks */
  run(command: RemoteCommand, signal: AbortSignal): Promise<RemoteResult>
}

export interface RemoteMachines {
  /** @throws push.unreachable, push.not-ssh */
  findHostKey(address: MachineAddress, signal: AbortSignal): Promise<HostKey>
  /** @throws push.unreachable, push.not-ssh, push.host-key-changed, push.login-refused */
  open(access: MachineAccess, signal: AbortSignal): Promise<RemoteMachine>
}
