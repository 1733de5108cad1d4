/**
 * Idempotency-Key: a call that is sent again gets the answer of the first. Answers to people are kept in the catalog and
 * outlive the server. Those to agents stay in memory: they open sessions, which end with the server, and name keys that
 * must not lie in the database.
 */
import { createHmac } from 'node:crypto'
import { equalBytes, failure } from '#base'
import {
  claimKey,
  type IdempotencyKey,
  type KeyClaim,
  keepAnswer,
  releaseKey,
} from '../catalog/journal/idempotency-keys.ts'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'

export type KeptAnswer = { readonly status: number; readonly answer: string }

export type KeyHold =
  | { readonly kind: 'first'; keep(answer: KeptAnswer): Promise<void>; release(): Promise<void> }
  | ({ readonly kind: 'again' } & KeptAnswer)

const keyPattern = /^[\x21-\x7e]{1,64}$/
const answersInMemoryMax = 10_000

export class IdempotencyKeys {
  readonly #kernel: ServerKernel
  readonly #keptMs: number
  readonly #inMemory = new Map<string, IdempotencyKey & { answer: KeptAnswer | undefined }>()

  constructor(kernel: ServerKernel, keptMs: number) {
    this.#kernel = kernel
    this.#keptMs = keptMs
  }

  /**
   * @param secret of the caller's sign-in or token, of which the catalog has no more than a hash: bodies hold passwords, and
   * a hash of nothing else could be guessed at faster than that of the password
   * @throws request.invalid, idempotency.mismatch, idempotency.under-way
   */
  async claim(
    identity: Exclude<Identity, { readonly kind: 'public' }>,
    name: string,
    request: readonly (string | Uint8Array)[],
    secret: string,
  ): Promise<KeyHold> {
    if (!keyPattern.test(name)) {
      const problem = 'must be 1 to 64 visible characters'
      throw failure('request.invalid', { where: 'header Idempotency-Key', problem })
    }
    const createdAt = this.#kernel.wallMs()
    const key: IdempotencyKey = {
      accountId: identity.accountId,
      caller: identity.kind === 'user' ? identity.userId : identity.clientId,
      name,
      requestHash: hashOf(request, secret),
      createdAt,
      expiresAt: createdAt + this.#keptMs,
    }
    return identity.kind === 'agent' ? this.#holdInMemory(key) : await this.#holdInCatalog(key)
  }

  async #holdInCatalog(key: IdempotencyKey): Promise<KeyHold> {
    const { db } = this.#kernel.catalog
    const claim = await claimKey(db, key)
    return holdOf(claim, {
      keep: (answer) => keepAnswer(db, key, answer),
      release: () => releaseKey(db, key),
    })
  }

  #holdInMemory(key: IdempotencyKey): KeyHold {
    const place = JSON.stringify([key.caller, key.name])
    const found = this.#inMemory.get(place)
    if (found !== undefined && found.expiresAt > key.createdAt) {
      return holdOf(claimOf(found, key), { keep: never, release: never })
    }
    const [oldest] = this.#inMemory.size >= answersInMemoryMax ? this.#inMemory.keys() : []
    if (oldest !== undefined) this.#inMemory.delete(oldest)
    const entry: IdempotencyKey & { answer: KeptAnswer | undefined } = { ...key, answer: undefined }
    this.#inMemory.set(place, entry)
    return holdOf(
      { kind: 'first' },
      {
        keep: async (answer) => {
          entry.answer = answer
        },
        release: async () => {
          if (this.#inMemory.get(place) === entry) this.#inMemory.delete(place)
        },
      },
    )
  }
}

function claimOf(
  found: IdempotencyKey & { readonly answer: KeptAnswer | undefined },
  key: IdempotencyKey,
): KeyClaim {
  if (!equalBytes(found.requestHash, key.requestHash)) return { kind: 'other-request' }
  return found.answer === undefined ? { kind: 'unanswered' } : { kind: 'answered', ...found.answer }
}

type FirstHold = Omit<Extract<KeyHold, { kind: 'first' }>, 'kind'>

function holdOf(claim: KeyClaim, first: FirstHold): KeyHold {
  switch (claim.kind) {
    case 'first':
      return { kind: 'first', ...first }
    case 'answered':
      return { kind: 'again', status: claim.status, answer: claim.answer }
    case 'other-request':
      throw failure('idempotency.mismatch')
    case 'unanswered':
      throw failure('idempotency.under-way')
  }
}

const never = (): Promise<void> => Promise.resolve()

/** Parts with their lengths: what moves from one to the next is another request. */
function hashOf(parts: readonly (string | Uint8Array)[], secret: string): Uint8Array {
  const hash = createHmac('sha256', secret)
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return new Uint8Array(hash.digest())
}
