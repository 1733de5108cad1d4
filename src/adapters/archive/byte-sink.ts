/**
 * Bytes on their way to a stream: small runs are joined, and whoever writes waits while the reader is slow.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { checkAborted, concatBytes, failure } from '#base'

const joinedBytes = 256 * 1024

export class ByteSink {
  readonly #stream: Writable
  #parts: Uint8Array[] = []
  #waiting = 0
  #problem: Error | undefined
  /** Bytes written so far, those that wait among them. */
  length = 0

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', (problem) => {
      this.#problem ??= problem
    })
  }

  /** The bytes must not change afterwards. @throws target.refused when nobody reads any more */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    this.length += bytes.length
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.#waiting += bytes.length
    if (this.#waiting >= joinedBytes) await this.flush(signal)
  }

  /** On return the stream has taken everything. */
  async flush(signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    const [only] = this.#parts
    if (only === undefined) return this.#throwProblem()
    const bytes = this.#parts.length === 1 ? only : concatBytes(this.#parts)
    this.#parts = []
    this.#waiting = 0
    this.#throwProblem()
    if (this.#stream.write(bytes)) return
    try {
      await once(this.#stream, 'drain', { signal })
    } catch (problem) {
      checkAborted(signal)
      this.#throwProblem()
      throw problem
    }
  }

  #throwProblem(): void {
    const problem =
      this.#problem ?? (this.#stream.destroyed ? new Error('it was closed') : undefined)
    if (problem === undefined) return
    throw failure('target.refused', { path: 'the output', problem: problem.message }, problem)
  }
}
