/** The client as it is installed on this machine; bin/ and the packaging know these facts. */
import type { ClientBuild } from '#contract'

export type Installation = {
  /** The file that an upgrade replaces. */
  readonly program: string
  readonly build: ClientBuild
  /** PEM of the Ed25519 key that came with the installation: its other half is kept offline. */
  readonly upgradeKey: string
  /** JSON: the files and directories that the installation made, and nothing else. */
  readonly manifest: string
  readonly healthyWithinMs: number
  /** Starts a program once, `--version`, say. @throws when it does not start, or says another version */
  readonly tryOut: (program: string, version: string, signal: AbortSignal) => Promise<void>
  /** Has the service manager forget the client. */
  readonly unregister: () => Promise<void>
}
