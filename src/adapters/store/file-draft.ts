/**
 * An object on its way: small appends are gathered, and while one mebibyte is being written the next is filled. The bytes
 * given are copied at once, so their owner may reuse them.
 */
import type { FileHandle } from 'node:fs/promises'
import { assert, checkAborted, freeBytes } from '#base'
import { kindOf, type ObjectKind, type ObjectName } from '#engine'
import type { ObjectDraft } from '#ports'
import type { DurableFolder, TempFile } from './durable-folder.ts'
import { onStorage } from './storage-error.ts'

const writeBytes = 1024 * 1024
/** What a small object gets by with: most objects of a server with many machines are. */
const firstBytes = 32 * 1024

/** Takes the finished, synced file over. */
export type Publish = (temp: string, name: ObjectName) => Promise<void>

type DraftParts = {
  readonly folder: DurableFolder
  readonly kind: ObjectKind
  readonly temp: TempFile
  readonly publish: Publish
}

export class FileDraft implements ObjectDraft {
  readonly #parts: DraftParts
  readonly #object: string
  #filling = Buffer.allocUnsafeSlow(firstBytes)
  #spare: Buffer<ArrayBuffer> | undefined
  #filled = 0
  #length = 0
  #written = 0
  /** The one write that may be under way; never rejects, its problem is kept for the next step. */
  #writing: Promise<void> = Promise.resolve()
  #problem: { readonly error: unknown } | undefined
  #state: 'open' | 'closed' = 'open'

  constructor(parts: DraftParts) {
    this.#parts = parts
    this.#object = `a new ${parts.kind}`
  }

  async append(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    assert(this.#state === 'open', 'a draft grows only until it is published or discarded')
    checkAborted(signal)
    this.#parts.folder.checkWhole()
    this.#length += bytes.length
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + writeBytes - this.#filled)
      this.#makeRoom(this.#filled + part.length)
      this.#filling.set(part, this.#filled)
      this.#filled += part.length
      at += part.length
      if (this.#filled === writeBytes) await this.#flush()
    }
  }

  async publish(name: ObjectName, signal: AbortSignal): Promise<void> {
    assert(this.#state === 'open', 'a draft is published once')
    assert(kindOf(name) === this.#parts.kind, 'a draft is published under a name of its kind')
    assert(this.#length > 0, 'an object has at least one byte')
    checkAborted(signal)
    const { folder, temp, publish } = this.#parts
    await this.#flush()
    await this.#settle()
    await onStorage(name, async () => {
      await folder.sync(temp.handle, name)
      this.#state = 'closed'
      await temp.handle.close()
      try {
        await publish(temp.path, name)
      } finally {
        await folder.removeTemp(temp.path)
      }
    })
    this.#freeBuffers()
  }

  async discard(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#writing
    this.#freeBuffers()
    await onStorage(this.#object, async () => {
      try {
        await this.#parts.temp.handle.close()
      } finally {
        await this.#parts.folder.removeTemp(this.#parts.temp.path)
      }
    })
  }

  #makeRoom(wanted: number): void {
    const { length } = this.#filling
    if (wanted <= length) return
    const grown = Buffer.allocUnsafeSlow(Math.min(writeBytes, Math.max(wanted, 4 * length)))
    grown.set(this.#filling.subarray(0, this.#filled))
    freeBytes(this.#filling)
    this.#filling = grown
  }

  /** Only when nothing is being written. */
  #freeBuffers(): void {
    freeBytes(this.#filling)
    if (this.#spare !== undefined) freeBytes(this.#spare)
  }

  /** Starts writing what is filled, after the write before it has ended. */
  async #flush(): Promise<void> {
    await this.#settle()
    const full = this.#filling.subarray(0, this.#filled)
    this.#filling = this.#spare ?? Buffer.allocUnsafeSlow(firstBytes)
    this.#spare = Buffer.from(full.buffer)
    this.#filled = 0
    this.#writing = writeAll(this.#parts.temp.handle, full, this.#written).catch(
      (error: unknown) => {
        this.#problem = { error }
      },
    )
    this.#written += full.length
  }

  async #settle(): Promise<void> {
    await this.#writing
    const problem = this.#problem
    if (problem !== undefined) await onStorage(this.#object, () => Promise.reject(problem.error))
  }
}

export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  }
}
