/**
 * An epoch: a claim of ownership. Whoever creates the object with the next number owns the vault; everybody with a
 * smaller number is fenced. It also carries the vault's trusted time from one owner to the next. See docs/format/epoch.md.
 */
import { encodeJson, JsonFields } from './json-record.ts'

/** Trusted time as it stood at one instant of one boot of one machine. */
export type BootRecord = {
  readonly bootId: string
  /** Milliseconds since that boot, suspend included. */
  readonly upMs: number
  readonly trustedAt: number
}

export type Epoch = {
  readonly epoch: number
  readonly holder: string
  /** Wall clock, for people. */
  readonly at: number
  readonly trustedAt: number
  readonly boots: readonly BootRecord[]
}

export const bootRecordsMax = 16

export function encodeEpoch(epoch: Epoch): Uint8Array {
  return encodeJson({ format: 1, ...epoch, boots: epoch.boots.map((boot) => ({ ...boot })) })
}

/** @throws object.damaged */
export function decodeEpoch(bytes: Uint8Array, object: string): Epoch {
  const fields = JsonFields.decode(bytes, object)
  return {
    epoch: fields.integer('epoch'),
    holder: fields.text('holder'),
    at: fields.integer('at'),
    trustedAt: fields.integer('trustedAt'),
    boots: fields.list('boots', (item) => {
      const boot = new JsonFields(item, object)
      return {
        bootId: boot.text('bootId'),
        upMs: boot.integer('upMs'),
        trustedAt: boot.integer('trustedAt'),
      }
    }),
  }
}
