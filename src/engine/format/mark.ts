/**
 * A mark: one decision about a point or about the vault, written once and never changed. What is true of a point is the
 * fold over its marks in order: holds and their release, extensions, the trash, and the end. See docs/format/mark.md.
 */
import { encodeJson, JsonFields } from './json-record.ts'

export const markKinds = [
  'hold',
  'release',
  'extend',
  'trash',
  'untrash',
  'expired',
  'quarantine',
  'lock',
] as const
export type MarkKind = (typeof markKinds)[number]

export type Mark = {
  readonly kind: MarkKind
  /** Id of the point (or pack, for `quarantine`; empty for `lock`). */
  readonly subject: string
  /** Order of marks: epoch of the owner that wrote it, then its number within the epoch. */
  readonly epoch: number
  readonly number: number
  readonly trustedAt: number
  /** Wall clock, for people. */
  readonly at: number
  /** `extend`: trusted time; `trash`: when it may go; undefined otherwise or for ever. */
  readonly until: number | undefined
  /** Why, in a person's words; for `lock` the new state. */
  readonly reason: string
}

export function encodeMark(mark: Mark): Uint8Array {
  return encodeJson({ format: 1, ...mark, until: mark.until ?? null })
}

/** @throws object.damaged */
export function decodeMark(bytes: Uint8Array, object: string): Mark {
  const fields = JsonFields.decode(bytes, object)
  return {
    kind: fields.oneOf('kind', markKinds),
    subject: fields.text('subject'),
    epoch: fields.integer('epoch'),
    number: fields.integer('number'),
    trustedAt: fields.integer('trustedAt'),
    at: fields.integer('at'),
    until: fields.has('until') ? fields.integer('until') : undefined,
    reason: fields.text('reason'),
  }
}

export function compareMarks(a: Mark, b: Mark): number {
  return a.epoch === b.epoch ? a.number - b.number : a.epoch - b.epoch
}
