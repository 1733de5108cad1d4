/**
 * Argon2id by Node's own OpenSSL, on a thread of its pool. A call cannot be stopped once it runs: an abort is answered
 * at once, while the thread ends its work of a second or so and its result is thrown away.
 */
import { type Argon2Parameters, argon2 } from 'node:crypto'
import { totalmem } from 'node:os'
import { checkAborted, failure } from '#base'
import {
  type Argon2Cost,
  type Argon2Params,
  argon2MemoryFloorKiB,
  defaultArgon2Cost,
  findCostProblem,
} from '#engine'
import type { KeyStretcher } from '#ports'

const stretchedBytes = 32

export class Argon2Stretcher implements KeyStretcher {
  async stretch(
    passphrase: Uint8Array,
    params: Argon2Params,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    checkAborted(signal)
    const problem = findCostProblem(params)
    if (problem !== undefined) throw failure('system.unsupported', { problem })
    return await derive(passphrase, params, signal)
  }
}

/** No slower than this at unlocking, where the floor of memory lets it be. */
export const stretchTimeLimitMs = 3000
/** A machine gives at most this part of its memory to one stretching. */
const memoryShare = 1 / 4

/**
 * The cost of a new passphrase slot on this machine: 256 MiB, or half or a quarter of it where that would take more than
 * three seconds or a quarter of the memory. Takes a third of a second.
 */
export async function calibrateArgon2Cost(
  stretcher: KeyStretcher,
  signal: AbortSignal,
): Promise<Argon2Cost> {
  const floor = { ...defaultArgon2Cost, memoryKiB: argon2MemoryFloorKiB }
  const startedAt = performance.now()
  await stretcher.stretch(new Uint8Array(16), { ...floor, salt: new Uint8Array(32) }, signal)
  const floorMs = performance.now() - startedAt
  return chooseArgon2Cost({ floorMs, memoryKiB: totalmem() / 1024 })
}

/** `floorMs`: how long the floor took; time grows with memory. */
export function chooseArgon2Cost(machine: {
  readonly floorMs: number
  readonly memoryKiB: number
}): Argon2Cost {
  let { memoryKiB } = defaultArgon2Cost
  const isTooMuch = () =>
    machine.floorMs * (memoryKiB / argon2MemoryFloorKiB) > stretchTimeLimitMs ||
    memoryKiB > machine.memoryKiB * memoryShare
  while (memoryKiB > argon2MemoryFloorKiB && isTooMuch()) memoryKiB /= 2
  return { ...defaultArgon2Cost, memoryKiB }
}

function derive(
  passphrase: Uint8Array,
  params: Argon2Params,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const parameters: Argon2Parameters = {
    message: passphrase,
    nonce: params.salt,
    parallelism: params.lanes,
    tagLength: stretchedBytes,
    memory: params.memoryKiB,
    passes: params.passes,
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(failure('job.aborted', {}, signal.reason))
    signal.addEventListener('abort', stop, { once: true })
    argon2('argon2id', parameters, (problem, key) => {
      signal.removeEventListener('abort', stop)
      if (problem === null) resolve(new Uint8Array(key))
      else reject(unsupported(params, problem))
    })
  })
}

function unsupported(params: Argon2Params, problem: Error): Error {
  const words = `argon2id with ${params.memoryKiB / 1024} MiB of memory failed`
  return failure('system.unsupported', { problem: words }, problem)
}
