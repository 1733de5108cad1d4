// Who has which slot of the arena. A slot comes back when its holder has let go of it and no thread is
// at work on it any more: a job that nobody waits for still reads and writes there.
import { assert, checkAborted, failure } from '#base'

export class SlotLease {
  readonly number: number
  readonly #giveBack: () => void
  #jobs = 0
  #isReleased = false

  constructor(number: number, giveBack: () => void) {
    this.number = number
    this.#giveBack = giveBack
  }

  /** A job begins; the answer ends it. */
  use(): () => void {
    assert(!this.#isReleased, 'nobody works on a slot that was given back')
    this.#jobs++
    return () => {
      this.#jobs--
      this.#settle()
    }
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#settle()
  }

  #settle(): void {
    if (this.#isReleased && this.#jobs === 0) this.#giveBack()
  }
}

export class Slots {
  readonly count: number
  readonly #free: number[]
  readonly #waiting = new Set<(lease: SlotLease) => void>()

  constructor(count: number) {
    this.count = count
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i)
  }

  get freeCount(): number {
    return this.#free.length
  }

  find(): SlotLease | undefined {
    const number = this.#free.pop()
    return number === undefined ? undefined : this.#lease(number)
  }

  /** The next slot that is free, in the order of asking. @throws job.aborted */
  async get(signal: AbortSignal): Promise<SlotLease> {
    checkAborted(signal)
    const lease = this.find()
    if (lease !== undefined) return lease
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(take)
        reject(failure('job.aborted'))
      }
      const take = (next: SlotLease) => {
        signal.removeEventListener('abort', stop)
        resolve(next)
      }
      signal.addEventListener('abort', stop, { once: true })
      this.#waiting.add(take)
    })
  }

  #lease(number: number): SlotLease {
    return new SlotLease(number, () => this.#takeBack(number))
  }

  #takeBack(number: number): void {
    const [next] = this.#waiting
    if (next === undefined) {
      // The one used last is warm, so it is the first to be used again.
      this.#free.push(number)
      return
    }
    this.#waiting.delete(next)
    next(this.#lease(number))
  }
}
