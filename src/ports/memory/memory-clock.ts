/** A clock that the test turns. A sleep turns it forward by itself, unless sleepers are to wait for `advance`. */
import { checkAborted, failure } from '#base'
import type { Clock, ClockReading } from '../clock.ts'

export type ClockSetting = Partial<ClockReading> & { readonly sleeps?: 'advance' | 'wait' }

type Sleeper = { readonly wakeAtMs: number; readonly wake: () => void }

export class MemoryClock implements Clock {
  #reading: ClockReading
  readonly #sleeps: 'advance' | 'wait'
  #sleepers: Sleeper[] = []
  /** Time that passed since the clock was made, whatever was set: what sleepers wait for. */
  #passedMs = 0

  constructor(setting: ClockSetting) {
    this.#reading = {
      wallMs: setting.wallMs ?? 1_800_000_000_000,
      bootId: setting.bootId ?? 'boot-1',
      upMs: setting.upMs ?? 1_000_000,
    }
    this.#sleeps = setting.sleeps ?? 'advance'
  }

  now(): ClockReading {
    return this.#reading
  }

  /** Real time passes. */
  advance(milliseconds: number): void {
    const { wallMs, bootId, upMs } = this.#reading
    this.#reading = { wallMs: wallMs + milliseconds, bootId, upMs: upMs + milliseconds }
    this.#passedMs += milliseconds
    const awake = this.#sleepers.filter(({ wakeAtMs }) => wakeAtMs <= this.#passedMs)
    this.#sleepers = this.#sleepers.filter(({ wakeAtMs }) => wakeAtMs > this.#passedMs)
    for (const sleeper of awake.sort((a, b) => a.wakeAtMs - b.wakeAtMs)) sleeper.wake()
  }

  /** Somebody sets the clock, or the machine is started anew: no time passes. */
  set(reading: Partial<ClockReading>): void {
    this.#reading = { ...this.#reading, ...reading }
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    if (this.#sleeps === 'advance') {
      this.advance(milliseconds)
      return
    }
    await new Promise<void>((resolve, reject) => {
      const sleeper = { wakeAtMs: this.#passedMs + milliseconds, wake: resolve }
      this.#sleepers.push(sleeper)
      const stop = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(failure('job.aborted'))
      }
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}

export function memoryClock(setting: ClockSetting = {}): MemoryClock {
  return new MemoryClock(setting)
}
