/**
 * Guesses are few: an attempt counts when it begins, so that many at once do not slip through, and is given back when it
 * was right. Counts live in memory of a bounded size; the catalog counts failed sign-ins of a user besides. Who guesses at an
 * account must not keep its owner out: where somebody came in from before, only the guesses of that address count.
 */
import { failure } from '#base'

export type AttemptLimits = {
  readonly windowMs: number
  readonly perAddress: number
  readonly perAccount: number
  /** Keys that are counted at once; the oldest is forgotten for a new one. */
  readonly keysMax: number
}

export const attemptLimits: AttemptLimits = {
  windowMs: 15 * 60_000,
  perAddress: 30,
  perAccount: 20,
  keysMax: 20_000,
}

export type Attempt = {
  /** It was right: it does not count, and neither do those before it on the same account. */
  succeeded(): void
  /** It came to nothing for another reason than a wrong guess. */
  withdrawn(): void
}

export class Attempts {
  readonly #limits: AttemptLimits
  readonly #nowMs: () => number
  readonly #byAddress: Tally
  readonly #byAccount: Tally
  /** Accounts and the networks from which they were right; the longest ago is the first. */
  readonly #known = new Set<string>()

  /** @param nowMs never goes back */
  constructor(nowMs: () => number, limits: AttemptLimits = attemptLimits) {
    this.#limits = limits
    this.#nowMs = nowMs
    this.#byAddress = new Tally(limits, limits.perAddress)
    this.#byAccount = new Tally(limits, limits.perAccount)
  }

  /**
   * @param account what is guessed at: a login, a user; undefined when nothing is named
   * @throws auth.too-many-attempts
   */
  begin(action: string, address: string, account: string | undefined): Attempt {
    const now = this.#nowMs()
    const byAddress = `${action} ${networkOf(address)}`
    const byAccount = account === undefined ? undefined : `${action} ${account.toLowerCase()}`
    const place = `${byAccount} ${networkOf(address)}`
    const isOpen = byAccount === undefined || this.#known.has(place)
    const waitMs = Math.max(
      this.#byAddress.waitMs(byAddress, now),
      isOpen ? 0 : this.#byAccount.waitMs(byAccount, now),
    )
    if (waitMs > 0) {
      throw failure('auth.too-many-attempts', { seconds: Math.ceil(waitMs / 1_000) })
    }
    this.#byAddress.add(byAddress, now)
    if (byAccount !== undefined) this.#byAccount.add(byAccount, now)
    return {
      succeeded: () => {
        this.#byAddress.takeBack(byAddress)
        if (byAccount === undefined) return
        this.#byAccount.forget(byAccount)
        this.#know(place)
      },
      withdrawn: () => {
        this.#byAddress.takeBack(byAddress)
        if (byAccount !== undefined) this.#byAccount.takeBack(byAccount)
      },
    }
  }

  get limits(): AttemptLimits {
    return this.#limits
  }

  get keyCount(): number {
    return this.#byAddress.size + this.#byAccount.size + this.#known.size
  }

  #know(place: string): void {
    this.#known.delete(place)
    this.#known.add(place)
    if (this.#known.size <= this.#limits.keysMax) return
    const [oldest] = this.#known
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Who has one address of version 6 has 2^64 of them. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(?<four>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.['four']
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

type Count = { count: number; readonly endsAt: number }

class Tally {
  readonly #limits: AttemptLimits
  readonly #max: number
  /** By their age: the first is the oldest. */
  readonly #counts = new Map<string, Count>()

  constructor(limits: AttemptLimits, max: number) {
    this.#limits = limits
    this.#max = max
  }

  get size(): number {
    return this.#counts.size
  }

  waitMs(key: string, now: number): number {
    const found = this.#counts.get(key)
    if (found === undefined || found.count < this.#max) return 0
    return Math.max(0, found.endsAt - now)
  }

  add(key: string, now: number): void {
    const found = this.#counts.get(key)
    if (found !== undefined && found.endsAt > now) {
      found.count += 1
      return
    }
    this.#counts.delete(key)
    this.#counts.set(key, { count: 1, endsAt: now + this.#limits.windowMs })
    if (this.#counts.size <= this.#limits.keysMax) return
    const [oldest] = this.#counts.keys()
    if (oldest !== undefined) this.#counts.delete(oldest)
  }

  takeBack(key: string): void {
    const found = this.#counts.get(key)
    if (found === undefined) return
    found.count -= 1
    if (found.count <= 0) this.#counts.delete(key)
  }

  forget(key: string): void {
    this.#counts.delete(key)
  }
}
