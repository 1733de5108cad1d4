/** What every service is given: the catalog, the vaults, time, chance, and how others hear of what happened. */
import type { Clock } from '#ports'
import type { Catalog } from './catalog/index.ts'
import type { Doorbell } from './doorbell.ts'
import type { EventBus } from './events.ts'
import type { VaultHost } from './vault-host.ts'

/** Structured logs. No secrets, no content; names of files only at `debug`. */
export type Log = {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}
export type LogFields = Readonly<Record<string, unknown>>

export type ServerKernel = {
  readonly version: string
  readonly catalog: Catalog
  readonly vaults: VaultHost
  readonly clock: Clock
  /** Wall clock in milliseconds since 1970: the server's time, which stamps everything (A01). */
  readonly wallMs: () => number
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly events: EventBus
  /** Rung when there is something for an agent; `assignments` waits for it. */
  readonly doorbell: Doorbell
  /** Aborted when the server ends. */
  readonly ending: AbortSignal
}
