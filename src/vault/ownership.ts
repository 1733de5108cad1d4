/**
 * Ownership: one process at a time commits, expires and collects. The lease keeps honest processes apart; the epoch makes
 * it safe when that fails: whoever creates the object with the next number owns the vault, and an owner that sees a
 * higher number than its own stops at once (fencing, reliability rules 6 and F09). Liveness rests on no clock.
 */
import { assert, failure, isFailure } from '#base'
import {
  advanceTrustedTime,
  decodeEpoch,
  type Epoch,
  encodeEpoch,
  type MarkKind,
  numberedName,
  numberOf,
  open,
  seal,
  type TrustedTime,
} from '#engine'
import type { Lease } from '#ports'
import { listMarks, listPoints, putMark, type Vault } from './vault.ts'

/** Older claims are only history; a few are kept for the curious. */
const epochsKept = 4
const claimTriesMax = 8

export class Ownership implements AsyncDisposable {
  readonly vault: Vault
  readonly epoch: number
  readonly holder: string
  readonly #lease: Lease
  #time: TrustedTime
  #marks = 0

  private constructor(vault: Vault, lease: Lease, claim: Epoch) {
    this.vault = vault
    this.epoch = claim.epoch
    this.holder = claim.holder
    this.#lease = lease
    this.#time = { trustedAt: claim.trustedAt, boots: claim.boots }
  }

  /** @throws vault.leased, or vault.fenced when others keep taking it. */
  static async take(vault: Vault, holder: string, signal: AbortSignal): Promise<Ownership> {
    const lease = await vault.ports.leases.acquire('owner', holder, signal)
    try {
      for (let tries = 0; tries < claimTriesMax; tries++) {
        const claim = await claimEpoch(vault, holder, signal)
        if (claim !== undefined) return new Ownership(vault, lease, claim)
      }
      throw failure('vault.fenced', { found: 'newer', ours: 'none' })
    } catch (problem) {
      await lease.release()
      throw problem
    }
  }

  /** The vault's own time; see src/engine/retention/trusted-time.ts. Never falls (invariant I4). */
  trustedNow(): number {
    const before = this.#time.trustedAt
    this.#time = advanceTrustedTime(this.#time, before, this.vault.ports.clock.now())
    assert(this.#time.trustedAt >= before, 'trusted time never falls')
    return this.#time.trustedAt
  }

  wallNow(): number {
    return Math.floor(this.vault.ports.clock.now().wallMs)
  }

  /** @throws vault.fenced when somebody took the vault over. Ask directly before every commit and every deletion. */
  async assertOwned(signal: AbortSignal): Promise<void> {
    const newest = await newestEpochNumber(this.vault, signal)
    if (newest !== this.epoch) throw failure('vault.fenced', { found: newest, ours: this.epoch })
  }

  async mark(
    facts: {
      readonly kind: MarkKind
      readonly subject: string
      readonly until?: number
      readonly reason: string
    },
    signal: AbortSignal,
  ): Promise<void> {
    await this.assertOwned(signal)
    const { kind, subject, reason } = facts
    const number = this.#marks++
    const when = { trustedAt: this.trustedNow(), at: this.wallNow(), until: facts.until }
    await putMark(this.vault, { kind, subject, reason, epoch: this.epoch, number, ...when }, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease.release()
  }
}

/** Undefined when another process created that number first. */
async function claimEpoch(
  vault: Vault,
  holder: string,
  signal: AbortSignal,
): Promise<Epoch | undefined> {
  const { store, clock, cipher } = vault.ports
  const last = await newestEpoch(vault, signal)
  const seen = await latestTrustedTime(vault, signal)
  const reading = clock.now()
  const time = advanceTrustedTime(last ?? { trustedAt: 0, boots: [] }, seen, reading)
  const claim: Epoch = {
    epoch: (last?.epoch ?? 0) + 1,
    holder,
    at: Math.floor(reading.wallMs),
    ...time,
  }
  const sealed = seal(cipher, vault.keys.meta, {
    kind: 'epoch',
    plaintext: encodeEpoch(claim),
    level: 0,
  })
  try {
    await store.put(numberedName('epoch', claim.epoch), sealed, signal)
  } catch (problem) {
    if (isFailure(problem, 'storage.exists')) return undefined
    throw problem
  }
  const old = claim.epoch - epochsKept
  if (old > 0) await store.removeRecord(numberedName('epoch', old), signal)
  return claim
}

async function newestEpochNumber(vault: Vault, signal: AbortSignal): Promise<number> {
  let newest = 0
  for await (const { name } of vault.ports.store.list('epoch', signal))
    newest = Math.max(newest, numberOf(name))
  return newest
}

/** The newest claim; undefined in a vault that never had an owner. */
export async function newestEpoch(vault: Vault, signal: AbortSignal): Promise<Epoch | undefined> {
  const number = await newestEpochNumber(vault, signal)
  if (number === 0) return undefined
  const name = numberedName('epoch', number)
  const sealed = await vault.ports.store.find(name, undefined, signal)
  if (sealed === undefined) throw failure('object.missing', { object: name })
  return decodeEpoch(
    open(vault.ports.cipher, vault.keys.meta, { kind: 'epoch', sealed, object: name }),
    name,
  )
}

/** What points and marks show: a vault put back to an older epoch record does not lose time (T-4). */
async function latestTrustedTime(vault: Vault, signal: AbortSignal): Promise<number> {
  let seen = 0
  for (const { point } of await listPoints(vault, signal)) seen = Math.max(seen, point.trustedAt)
  for (const mark of await listMarks(vault, signal)) seen = Math.max(seen, mark.trustedAt)
  return seen
}
