/**
 * The ledger: everything that was ever decided about a vault, in one order. Entries are objects numbered 1, 2, 3 …, each
 * created only if that number is free; so of two processes that believe to own the vault one is refused at its very next
 * step, and no decision is made on a state that has moved on (compare-and-swap without a clock). A point counts when a
 * commit entry names it. See docs/format/ledger.md.
 */
import { encodeJson, JsonFields, type JsonValue } from './json-record.ts'
import {
  decodeLedgerState,
  encodeLedgerState,
  type LedgerState,
  type LockState,
  lockStates,
} from './ledger-state.ts'

export type CondemnReason = 'dead' | 'repacked'

/** What a deletion rested on (reliability rule 6.5), kept for at least a year. */
export type DeletionFacts = {
  readonly pack: string
  readonly bytes: number
  /** Number of the entry that condemned it. */
  readonly condemnedBy: number
  /** Digest over the living points and pins of the second mark. */
  readonly markDigest: string
}

export type LedgerAction =
  /** A process takes the vault over. `state` repeats all that is true, now and then, so that readers need not go back far. */
  | { readonly kind: 'claim'; readonly holder: string; readonly state: LedgerState | undefined }
  | { readonly kind: 'commit'; readonly point: string; readonly sequence: number }
  | { readonly kind: 'expire'; readonly points: readonly string[]; readonly reason: string }
  | { readonly kind: 'hold'; readonly point: string; readonly reason: string }
  | { readonly kind: 'release'; readonly point: string; readonly reason: string }
  | { readonly kind: 'extend'; readonly point: string; readonly until: number | undefined }
  | { readonly kind: 'trash'; readonly point: string; readonly until: number }
  | { readonly kind: 'untrash'; readonly point: string }
  | { readonly kind: 'quarantine'; readonly packs: readonly string[]; readonly reason: string }
  | { readonly kind: 'lock'; readonly to: LockState }
  | { readonly kind: 'condemn'; readonly packs: readonly string[]; readonly reason: CondemnReason }
  | { readonly kind: 'resurrect'; readonly packs: readonly string[] }
  /** "These will be deleted now": written before the first of them goes. */
  | { readonly kind: 'sweep'; readonly deletions: readonly DeletionFacts[] }
  | { readonly kind: 'swept'; readonly packs: readonly string[]; readonly bytes: number }
  /** What is true was put together anew from the points themselves, after the ledger was lost. */
  | { readonly kind: 'rebuild'; readonly state: LedgerState }

export type LedgerEntry = {
  readonly number: number
  /** Number of the claim under which it was written. */
  readonly epoch: number
  /** Wall clock, for people. */
  readonly at: number
  readonly trustedAt: number
  readonly boot: { readonly bootId: string; readonly upMs: number }
  readonly action: LedgerAction
  /** What stands after it. Not in entries from before it was recorded. */
  readonly promises?: PromisesSoFar | undefined
}

/** Told by every entry, so that a lost one is missed if it was a promise, and the lock is never in doubt for long. */
export type PromisesSoFar = {
  readonly lock: LockState
  /** How many entries that promised something there were in this ledger. */
  readonly count: number
}

export function encodeLedgerEntry(entry: LedgerEntry): Uint8Array {
  const { number, epoch, at, trustedAt, boot, promises } = entry
  return encodeJson({
    format: 1,
    number,
    epoch,
    at,
    trustedAt,
    boot: { ...boot },
    promises: promises === undefined ? null : { ...promises },
    action: actionToJson(entry.action),
  })
}

/** @throws object.damaged, also when the entry stands under another number than its own */
export function decodeLedgerEntry(bytes: Uint8Array, object: string): LedgerEntry {
  const fields = JsonFields.decode(bytes, object)
  const boot = fields.record('boot')
  return {
    number: fields.integer('number'),
    epoch: fields.integer('epoch'),
    at: fields.integer('at'),
    trustedAt: fields.integer('trustedAt'),
    boot: { bootId: boot.text('bootId'), upMs: boot.integer('upMs') },
    action: actionFromJson(fields.record('action'), object),
    promises: fields.has('promises') ? promisesFromJson(fields.record('promises')) : undefined,
  }
}

function promisesFromJson(fields: JsonFields): PromisesSoFar {
  return { lock: fields.oneOf('lock', lockStates), count: fields.integer('count') }
}

function actionToJson(action: LedgerAction): JsonValue {
  switch (action.kind) {
    case 'claim':
      return {
        ...action,
        state: action.state === undefined ? null : encodeLedgerState(action.state),
      }
    case 'rebuild':
      return { ...action, state: encodeLedgerState(action.state) }
    case 'extend':
      return { ...action, until: action.until ?? null }
    case 'sweep':
      return { kind: 'sweep', deletions: action.deletions.map((facts) => ({ ...facts })) }
    default:
      return { ...action }
  }
}

const kinds = [
  'claim',
  'commit',
  'expire',
  'hold',
  'release',
  'extend',
  'trash',
  'untrash',
  'quarantine',
  'lock',
  'condemn',
  'resurrect',
  'sweep',
  'swept',
  'rebuild',
] as const

function actionFromJson(fields: JsonFields, object: string): LedgerAction {
  const kind = fields.oneOf('kind', kinds)
  switch (kind) {
    case 'claim': {
      const state = fields.has('state')
        ? decodeLedgerState(fields.record('state'), object)
        : undefined
      return { kind, holder: fields.text('holder'), state }
    }
    case 'rebuild':
      return { kind, state: decodeLedgerState(fields.record('state'), object) }
    case 'commit':
      return { kind, point: fields.text('point'), sequence: fields.integer('sequence') }
    case 'expire':
      return { kind, points: fields.texts('points'), reason: fields.text('reason') }
    case 'hold':
    case 'release':
      return { kind, point: fields.text('point'), reason: fields.text('reason') }
    case 'extend':
      return {
        kind,
        point: fields.text('point'),
        until: fields.has('until') ? fields.integer('until') : undefined,
      }
    case 'trash':
      return { kind, point: fields.text('point'), until: fields.integer('until') }
    case 'untrash':
      return { kind, point: fields.text('point') }
    case 'quarantine':
      return { kind, packs: fields.texts('packs'), reason: fields.text('reason') }
    case 'lock':
      return { kind, to: fields.oneOf('to', lockStates) }
    case 'condemn':
      return {
        kind,
        packs: fields.texts('packs'),
        reason: fields.oneOf('reason', ['dead', 'repacked']),
      }
    case 'resurrect':
      return { kind, packs: fields.texts('packs') }
    case 'sweep':
      return {
        kind,
        deletions: fields.list('deletions', (item) =>
          deletionFromJson(new JsonFields(item, object)),
        ),
      }
    case 'swept':
      return { kind, packs: fields.texts('packs'), bytes: fields.integer('bytes') }
  }
}

function deletionFromJson(fields: JsonFields): DeletionFacts {
  return {
    pack: fields.text('pack'),
    bytes: fields.integer('bytes'),
    condemnedBy: fields.integer('condemnedBy'),
    markDigest: fields.text('markDigest'),
  }
}
