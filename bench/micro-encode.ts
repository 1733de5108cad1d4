// What the worker threads make of a directory without a vault: list, capture, encode everything, count.
// To compare with `tar -c DIR | zstd -3 -T2 | wc -c`: node bench/micro-encode.ts DIR [--threads N]

import { parseArgs } from 'node:util'
import { nodeCipher } from '#adapters/cipher'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { assert, type ByteString, byteString, byteStringFromText, Gate, joinPath } from '#base'
import {
  defaultChunkerParams,
  deriveVaultKeys,
  inlineBytesMax,
  KIND_CODE,
  LISTING_AT,
  listingUint64,
  nextListingRecord,
  type SealedBlock,
} from '#engine'
import type { CaptureRequest, ListingPage, SourceTree } from '#ports'

const listsAhead = 16
const signal = new AbortController().signal

/** One pass over a tree, with as much under way as the source allows. */
class Pass {
  readonly total = { entries: 0, bytes: 0, inline: 0, sealed: 0, blocks: 0, failed: 0 }
  readonly #tree: SourceTree
  readonly #lists = new Gate(listsAhead)
  readonly #underWay = new Set<Promise<void>>()
  #batch: CaptureRequest[] = []
  #batchBytes = 0

  constructor(tree: SourceTree) {
    this.#tree = tree
  }

  async run(path: ByteString): Promise<void> {
    await this.#walk(path, this.#list(path))
    await this.#flush()
    await Promise.all(this.#underWay)
  }

  #list(path: ByteString): Promise<ListingPage> {
    return this.#lists.run(() => this.#tree.list({ path, expected: undefined }, signal))
  }

  async #walk(path: ByteString, first: Promise<ListingPage>): Promise<void> {
    const folders: ByteString[] = []
    let page = await first
    while (page.kind === 'records') {
      await this.#takePage(path, page.records, folders)
      if (page.next === undefined) break
      page = await page.next()
    }
    if (page.kind === 'failed') this.total.failed++
    // All asked for at once, walked in order: files that stand together share blocks.
    const pages = folders.map((folder) => this.#list(folder))
    for (const [i, folder] of folders.entries())
      await this.#walk(folder, pages[i] ?? this.#list(folder))
  }

  async #takePage(path: ByteString, records: Uint8Array, folders: ByteString[]): Promise<void> {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.length; ) {
      const next = nextListingRecord(view, at)
      const record = records.subarray(at, next)
      const full = joinPath(path, byteString(record.subarray(LISTING_AT.name)))
      const kind = view.getUint8(at + LISTING_AT.kind)
      const isFile = kind === KIND_CODE.file
      if (kind === KIND_CODE.directory) folders.push(full)
      await this.#take(
        { path: full, view, at },
        isFile ? listingUint64(view, at + LISTING_AT.size) : 0,
      )
      at = next
    }
  }

  async #take(request: CaptureRequest, bytes: number): Promise<void> {
    const { largeFileBytes, batchBytesMax, batchEntriesMax } = this.#tree.limits
    if (bytes >= largeFileBytes) {
      await this.#takeLarge(request)
      return
    }
    if (this.#batchBytes + bytes > batchBytesMax) await this.#flush()
    this.#batch.push(request)
    this.#batchBytes += bytes
    if (this.#batch.length === batchEntriesMax) await this.#flush()
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#batchBytes = 0
    await this.#start(async () => this.#capture(batch))
  }

  async #capture(requests: readonly CaptureRequest[]): Promise<void> {
    const batch = await this.#tree.capture(requests, signal)
    for (const entry of batch.entries) {
      this.total.entries++
      if (entry.kind === 'failed') this.total.failed++
      else if (entry.readBytes <= inlineBytesMax) this.total.inline += entry.readBytes
    }
    this.#count(await batch.encode([...batch.chunks.keys()], signal))
    batch.release()
  }

  async #takeLarge(request: CaptureRequest): Promise<void> {
    const file = await this.#tree.open(request, signal)
    for (;;) {
      await this.#roomForOne()
      const part = await file.next(signal)
      if (part === undefined) break
      await this.#start(async () => {
        this.#count(await part.encode([...part.chunks.keys()], signal))
        part.release()
      })
    }
    const { entry } = await file.finish(signal)
    await file.close()
    this.total.entries++
    if (entry.kind === 'failed') this.total.failed++
  }

  #count(blocks: readonly SealedBlock[]): void {
    for (const { bytes, lengths } of blocks) {
      this.total.blocks++
      this.total.sealed += bytes.length
      for (const length of lengths) this.total.bytes += length
    }
  }

  async #start(work: () => Promise<void>): Promise<void> {
    await this.#roomForOne()
    const step = work().finally(() => this.#underWay.delete(step))
    this.#underWay.add(step)
  }

  async #roomForOne(): Promise<void> {
    while (this.#underWay.size >= this.#tree.limits.inFlightMax - 1)
      await Promise.race(this.#underWay)
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string' }, level: { type: 'string', default: '3' } },
})
const startedAt = performance.now()
const keys = deriveVaultKeys(nodeCipher(), new Uint8Array(16).fill(7), new Uint8Array(32).fill(9))
const pool = openPool({
  keys,
  compressionLevel: Number(values.level),
  params: defaultChunkerParams,
  ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
})
const tree = linuxSourceTree(pool)
const pass = new Pass(tree)
const [path] = positionals
assert(path !== undefined, 'a directory is given')
await pass.run(byteStringFromText(path))
await tree.close()
await pool.close()

const seconds = (performance.now() - startedAt) / 1000
const used = process.resourceUsage()
console.log({
  ...pass.total,
  ratio: Number((pass.total.sealed / pass.total.bytes).toFixed(4)),
  seconds: Number(seconds.toFixed(2)),
  cpuSeconds: Number(((used.userCPUTime + used.systemCPUTime) / 1e6).toFixed(2)),
  peakMiB: Math.round(used.maxRSS / 1024),
})
