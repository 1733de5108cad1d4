/**
 * The master key of a server, in the shape of a key service: it wraps and unwraps small secrets and never shows itself.
 * Several keys may be readable, one of them wraps: so a key is replaced without opening everything at once.
 */
import { assert, failure } from '#base'
import { type CipherKey, cipherKeyOf, keyIdOf, openWith, sealWith } from './sealed-form.ts'

export interface MasterKey {
  /** Of the key that wraps: stored beside what it wrapped. */
  readonly name: string
  /** @param context what the bytes belong to; unwrapped for anything else they do not open */
  wrap(bytes: Uint8Array, context: string): Promise<Uint8Array>
  /** @throws server-keys.other, server-keys.damaged */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>
}

/** @param keys 32 bytes each; the first one wraps */
export function masterKeyOf(keys: readonly Uint8Array[]): MasterKey {
  const known = keys.map(cipherKeyOf)
  const byId = new Map(known.map((key) => [key.id, key]))
  const [wrapping] = known
  assert(wrapping !== undefined, 'there is a master key')
  return {
    name: nameOf(wrapping),
    wrap: async (bytes, context) => sealWith(wrapping, bytes, context),
    unwrap: async (wrapped, context) => {
      const id = keyIdOf(wrapped)
      const key = byId.get(id)
      if (key === undefined) throw failure('server-keys.other', { key: nameOf({ id }) })
      return openWith(key, wrapped, context)
    },
  }
}

function nameOf({ id }: Pick<CipherKey, 'id'>): string {
  return `master-${id}`
}

/** Seals small secrets for the catalog with a master key. */
export function secretBoxOf(master: MasterKey): {
  seal(secret: Uint8Array, context: string): Promise<Uint8Array>
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>
} {
  // A vault's key can never be opened as somebody's secret, nor the other way round.
  const own = (context: string) => `secret\n${context}`
  return {
    seal: (secret, context) => master.wrap(secret, own(context)),
    open: (sealed, context) => master.unwrap(sealed, own(context)),
  }
}
