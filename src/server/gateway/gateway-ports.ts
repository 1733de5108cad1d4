/** What the gateway needs of the machine: storage for vaults, a master key, and threads that change what seals a block. */
import type { VaultId } from '#contract'
import type { Cipher, VaultConfig, VaultKeys } from '#engine'
import type { BlockExchange, BlockOpener, BlockRecoder, Clock, Leases, ObjectStore } from '#ports'
import type { JsonRecord } from '../catalog/database/codec.ts'

export type OpenStorage = {
  readonly store: ObjectStore
  readonly leases: Leases
  readonly close: () => Promise<void>
}

/** What lies beside a vault, so that the vault can be found and opened when the catalog is lost (E6). No secret. */
export type VaultLabel = {
  readonly vaultId: VaultId
  readonly accountId: string
  readonly regionId: string
  readonly name: string
  readonly wrappedKey: Uint8Array
  readonly wrappedBy: string
}

export interface VaultStorage {
  /** Of the places for vaults, the default one first. */
  readonly names: readonly string[]
  /** Makes the place of a new vault. @throws vault.exists, storage.*, record.not-found for an unknown storage */
  create(label: VaultLabel, storage: string | undefined): Promise<JsonRecord>
  /** @throws storage.*, vault.not-found */
  open(place: JsonRecord): Promise<OpenStorage>
  /** Vaults that lie in the places that the configuration names. */
  list(): Promise<readonly { readonly place: JsonRecord; readonly label: VaultLabel }[]>
}

/** Wraps and unwraps small secrets and never shows itself: a file, or a key service. */
export type WrappingKey = {
  readonly name: string
  wrap(bytes: Uint8Array, context: string): Promise<Uint8Array>
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>
}

export type GatewayPorts = {
  readonly storage: VaultStorage
  readonly master: WrappingKey
  readonly cipher: Cipher
  readonly clock: Clock
  readonly exchange: BlockExchange
  /** Both work with the keys of one vault. */
  readonly openBlocks: (keys: {
    readonly keys: VaultKeys
    readonly config: VaultConfig
  }) => Promise<{ readonly opener: BlockOpener; readonly recoder: BlockRecoder } & AsyncDisposable>
  /** Signs receipts (Ed25519). */
  readonly signReceipt: (bytes: Uint8Array) => Uint8Array
  /** PEM: what agents check them with. */
  readonly receiptKey: string
  /** Who holds the leases of vaults: "holdfast server on backup1 (process 7)". */
  readonly holder: string
}
