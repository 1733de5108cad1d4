/** What the handlers of protection need besides the kernel; bin/ plugs it in. */
import type { ClientId } from '#contract'
import type { Instance } from '../../catalog/instances/instances.ts'

/** Installing clients from here, over SSH (A2). */
export interface ClientPush {
  /** Whether an access to the machine was given; it may fail all the same. */
  canReach(instance: Instance): Promise<boolean>
  /**
   * Begins an installation that uses this activation code, and does not wait for it: the client's status says what becomes
   * of it (A5).
   * @throws agent.unreachable
   */
  begin(
    push: {
      readonly instance: Instance
      readonly code: string
      /** By what name the caller reached this server; the machine may know it by that one as well. */
      readonly host: string | undefined
    },
    signal: AbortSignal,
  ): Promise<void>
}

export type ProtectionPorts = {
  /** Undefined: this server pushes nothing; machines are activated by the one-line command. */
  readonly push: ClientPush | undefined
  /** One line for a shell on the machine (A2). @param host by what name the caller reached this server */
  readonly installCommand: (code: string, host: string | undefined) => string
  /** The version of the client that this server hands out; undefined: it has none. */
  readonly clientVersion: () => Promise<string | undefined>
  /** Ends connections and sessions of a client that was revoked: what is under way ends as well. */
  readonly cutOff?: (clientId: ClientId) => Promise<void>
}
