/** The two programs that run for long, as the machine offers them to their commands; bin/ plugs them in. */

import type { Receipt } from '#contract'

export type ServerRunRequest = {
  /** Undefined: the usual file, when it is there. */
  readonly configFile: string | undefined
  readonly options: {
    readonly data?: string | undefined
    readonly listen?: string | undefined
    readonly address?: string | undefined
    readonly catalog?: string | undefined
  }
  /** Makes an owner when there is none, and this machine the first instance. */
  readonly protectsThisMachine: boolean
}

/** What is told once the server listens. */
export type ServerStory = {
  readonly address: string
  /** Of its certificate, when it is one of its own making: `sha256:…`. */
  readonly fingerprint: string | undefined
  readonly dataFolder: string
  /** It shows pages at its address. */
  readonly hasConsole: boolean
  /** Shown this once, when nobody has signed up. */
  readonly setupCode: string | undefined
  /** The owner that was made now; its password is shown this once. */
  readonly owner: { readonly email: string; readonly password: string } | undefined
  /** What became of this machine, when it was to be protected. */
  readonly thisMachine: 'added' | 'there' | undefined
}

export type AgentPlace = { readonly stateFolder: string }

export type AgentIdentityStory = {
  readonly address: string
  readonly instanceId: string
  readonly clientId: string
  readonly expiresAt: number
  readonly isRevoked: boolean
}

export type ReceiptStory = {
  readonly at: number
  readonly receipt: Receipt
  /** False: the machine was told no key to check it with. */
  readonly isChecked: boolean
  /** Why it was refused. */
  readonly problem?: string
}

export type ServiceLog = {
  readonly info: (message: string) => void
  readonly warn: (message: string, problem?: Error) => void
}

export interface Services {
  /** Until `signal`. */
  runServer(
    request: ServerRunRequest,
    told: (story: ServerStory) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** Finds the vaults of the configured storages again, and fills a catalog that was lost (E6). */
  recoverCatalog(
    request: Omit<ServerRunRequest, 'protectsThisMachine'>,
    told: (sentence: string) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** @returns the name of the new key */
  addMasterKey(request: Omit<ServerRunRequest, 'protectsThisMachine'>): Promise<string>
  /** Adds a key slot for a key file to a vault of a server that does not run; its caller has kept the file. */
  exportKey(
    request: Omit<ServerRunRequest, 'protectsThisMachine'>,
    asked: { readonly vault: string; readonly secret: Uint8Array },
    signal: AbortSignal,
  ): Promise<{
    readonly vaultId: string
    readonly name: string
    readonly path: string
    readonly slotId: string
    readonly isAudited: boolean
  }>
  /** isReplaced: the instance had another client. */
  activateAgent(
    place: AgentPlace,
    words: {
      readonly address: string
      readonly code: string
      readonly fingerprint: string | undefined
    },
    signal: AbortSignal,
  ): Promise<AgentIdentityStory & { readonly isReplaced: boolean }>
  /** Undefined: it is not activated. */
  agentStatus(place: AgentPlace): Promise<AgentIdentityStory | undefined>
  /** What the server promised this machine, and what was refused of it; oldest first. */
  agentReceipts(place: AgentPlace): Promise<readonly ReceiptStory[]>
  /** Until `signal`, or until it is revoked, upgraded or uninstalled. */
  runAgent(
    request: AgentPlace & {
      readonly policyFile: string | undefined
      readonly leaveOut: readonly string[]
      readonly log: ServiceLog
    },
    signal: AbortSignal,
  ): Promise<'stopped' | 'revoked' | 'restart' | 'uninstalled'>
}
