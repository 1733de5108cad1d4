// A process of its own that seals through the product's code, in its main thread and in further ones, and writes
// down every key that it encrypts with before it does. Its argument is a task as JSON.

import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { nodeCipher } from '#adapters/cipher'
import { assert } from '#base'
import { type Cipher, deriveVaultKeys, seal } from '#engine'

export type SealerTask = {
  /** Where the prints go: a file for each thread. */
  readonly folder: string
  readonly name: string
  readonly sealings: number
  readonly threads: number
  /** equal: the same as all other sealers, where only randomness keeps keys apart; own: no other sealer has them. */
  readonly contents: 'equal' | 'own'
}

/** A key is told by its first bytes: among 10^7 keys, two that differ look alike in one run of 370,000. */
export const printBytes = 8
const printsPerWrite = 1024

// All sealers are writers of one vault, so a salt that comes again is a key that comes again.
const keys = deriveVaultKeys(nodeCipher(), new Uint8Array(16).fill(1), new Uint8Array(32).fill(2))

export function sealAndPrint({ folder, name, sealings, contents }: SealerTask): void {
  const prints = new PrintFile(join(folder, name))
  const cipher = printingCipher(prints)
  const text = new TextEncoder()
  for (let i = 0; i < sealings; i++) {
    const words = contents === 'equal' ? `content ${i % 10}` : `${name}, content ${i}`
    const kind = i % 3 === 0 ? 'tree' : 'data'
    const sealing = kind === 'tree' ? keys.meta : keys.data
    const level = i % 100 === 0 ? 3 : 0
    const before = prints.count
    seal(cipher, sealing, { kind, plaintext: text.encode(words), level })
    assert(prints.count === before + 1, 'a sealing is one encryption')
  }
  prints.close()
}

/** The product's cipher, which lets us see the keys. An encryption of nothing stores nothing. */
function printingCipher(prints: PrintFile): Cipher {
  const cipher = nodeCipher()
  return {
    ...cipher,
    encrypt(key, plaintext, associated) {
      if (plaintext.length > 0) prints.add(key)
      return cipher.encrypt(key, plaintext, associated)
    },
  }
}

class PrintFile {
  count = 0
  readonly #fd: number
  readonly #waiting = new Uint8Array(printsPerWrite * printBytes)

  constructor(path: string) {
    this.#fd = openSync(path, 'wx')
  }

  add(key: Uint8Array): void {
    const at = this.count % printsPerWrite
    this.#waiting.set(key.subarray(0, printBytes), at * printBytes)
    this.count++
    if (at === printsPerWrite - 1) writeSync(this.#fd, this.#waiting)
  }

  close(): void {
    const waiting = (this.count % printsPerWrite) * printBytes
    writeSync(this.#fd, this.#waiting.subarray(0, waiting))
    closeSync(this.#fd)
  }
}

function startThreads(task: SealerTask): void {
  const share = Math.floor(task.sealings / task.threads)
  const shareOf = (thread: number): SealerTask => ({
    ...task,
    name: `${task.name}-${thread}`,
    sealings: thread === 0 ? task.sealings - share * (task.threads - 1) : share,
  })
  for (let thread = 1; thread < task.threads; thread++) {
    new Worker(new URL(import.meta.url), { workerData: shareOf(thread) })
  }
  sealAndPrint(shareOf(0))
}

if (!isMainThread) sealAndPrint(workerData)
else if (import.meta.main) startThreads(JSON.parse(process.argv[2] ?? ''))
