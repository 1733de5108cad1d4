/**
 * Passwords of people as argon2id in its usual text form, by Node's own OpenSSL on a thread of its pool. Each hash takes
 * its whole memory, so only a few run at once and only some wait: a flood of sign-ins costs the flood, not the server.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { failure, Gate } from '#base'
import { type PasswordCost, parsePasswordText, renderPasswordText } from './password-text.ts'

/** RFC 9106, second choice, with one lane: 64 MiB and a third of a second on a slow core. */
export const defaultPasswordCost: PasswordCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }
export const hashesAtOnceMax = 2
export const hashesWaitingMax = 30
const busySeconds = 5
const saltBytes = 16
const hashBytes = 32

/** Computes argon2id; counted by tests. */
export type Argon2 = (parameters: Argon2Parameters) => Promise<Uint8Array>

export class Argon2Passwords {
  readonly #cost: PasswordCost
  readonly #argon2: Argon2
  readonly #gate = new Gate(hashesAtOnceMax)
  #underWay = 0

  constructor(cost: PasswordCost = defaultPasswordCost, compute: Argon2 = computeArgon2) {
    this.#cost = cost
    this.#argon2 = compute
  }

  async hash(password: string): Promise<string> {
    const salt = new Uint8Array(randomBytes(saltBytes))
    const hash = await this.#derive(password, { ...this.#cost, salt })
    return renderPasswordText({ ...this.#cost, salt, hash })
  }

  async verify(
    password: string,
    text: string | undefined,
  ): Promise<{ readonly isRight: boolean; readonly isOutdated: boolean }> {
    if (text === undefined) {
      await this.#derive(password, { ...this.#cost, salt: new Uint8Array(randomBytes(saltBytes)) })
      return { isRight: false, isOutdated: false }
    }
    const stored = parsePasswordText(text)
    const isRight = timingSafeEqual(await this.#derive(password, stored), stored.hash)
    return { isRight, isOutdated: isRight && this.#isWeaker(stored) }
  }

  #isWeaker(stored: PasswordCost): boolean {
    const { memoryKiB, passes } = this.#cost
    return stored.memoryKiB < memoryKiB || stored.passes < passes
  }

  async #derive(
    password: string,
    cost: PasswordCost & { readonly salt: Uint8Array },
  ): Promise<Uint8Array> {
    if (this.#underWay >= hashesAtOnceMax + hashesWaitingMax) {
      throw failure('server.busy', { seconds: busySeconds })
    }
    this.#underWay++
    try {
      return await this.#gate.run(() =>
        this.#argon2({
          // The same letters however the keyboard composed them.
          message: Buffer.from(password.normalize('NFKC'), 'utf8'),
          nonce: cost.salt,
          parallelism: cost.lanes,
          tagLength: hashBytes,
          memory: cost.memoryKiB,
          passes: cost.passes,
        }),
      )
    } finally {
      this.#underWay--
    }
  }
}

async function computeArgon2(parameters: Argon2Parameters): Promise<Uint8Array> {
  return new Uint8Array(await promisify(argon2)('argon2id', parameters))
}
