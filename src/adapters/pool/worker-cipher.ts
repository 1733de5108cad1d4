// The cipher of a worker thread: what the engine does with thousands of chunks and blocks, without
// garbage. Node's one-shot functions of zstd make a context and an output buffer for every call: per
// block megabytes that the kernel clears and the garbage collector counts, a fifth of the time of an
// encoding thread. Here one context and one buffer serve all blocks of a thread. Node does not document
// what this stands on, so nothing rests on it: where it is missing or answers other than expected, the
// documented functions decide, and every block is opened and hashed before it leaves.
import { hash } from 'node:crypto'
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  type ZstdCompress,
  type ZstdDecompress,
} from 'node:zlib'
import { freeBytes } from '#base'
import type { Cipher } from '#engine'
import { nodeCipher } from '../cipher/node-cipher.ts'

/** Larger content does not come from files, and is rare: it goes the documented way. */
const reusedBytesMax = 8 * 1024 * 1024
/** Beyond the expected size, so that zstd sees that there is room and does not ask for more. */
const slackBytes = 1024
/** Keys whose state a thread keeps; a server's threads see those of all sessions. */
const keysMax = 64

export type WorkerCiphers = {
  /** For batches of small files, and whatever else. */
  readonly files: Cipher
  /** For parts of large files. */
  readonly parts: Cipher
  /** Frees what the last calls returned: the next block finds the memory as this one found it. */
  readonly free: () => void
}

/**
 * The same cipher for the jobs of one thread: what `encrypt`, `decrypt`, `compress` and `decompress`
 * return is valid until the next call of the same.
 */
export function workerCiphers(): WorkerCiphers {
  const sealed = new Room()
  const cipher = nodeCipher((length) => sealed.ofAtLeast(length).subarray(0, length))
  const opened = new LastResult()
  const macs = new Map<Uint8Array, ShortMac>()
  const decompressor = new ReusedStream(() => createZstdDecompress(), new Room())
  const packed = new Room()
  const files: Cipher = {
    ...cipher,
    mac(key, bytes) {
      if (bytes.length !== digestBytes || key.length > hmacBlockBytes) return cipher.mac(key, bytes)
      const found = macs.get(key) ?? newShortMac(key)
      if (macs.size >= keysMax) macs.clear()
      macs.set(key, found)
      return found(bytes)
    },
    decrypt(key, bytes, associated) {
      const body = cipher.decrypt(key, bytes, associated)
      return body === undefined ? undefined : opened.keep(body)
    },
    compress: compressWith(cipher, fileTables, packed),
    decompress(bytes, rawLength) {
      const raw = decompressor.run(bytes, rawLength + slackBytes)
      if (raw?.length === rawLength) return raw
      decompressor.renew()
      return cipher.decompress(bytes, rawLength)
    },
  }
  const parts = { ...files, compress: compressWith(cipher, partTables, packed) }
  return { files, parts, free: () => opened.free() }
}

/** Frees a result when the next one comes. */
class LastResult {
  #bytes: Uint8Array | undefined

  keep(bytes: Uint8Array): Uint8Array {
    this.free()
    this.#bytes = bytes
    return bytes
  }

  free(): void {
    if (this.#bytes !== undefined) freeBytes(this.#bytes)
    this.#bytes = undefined
  }
}

type ShortMac = (bytes: Uint8Array) => Uint8Array

const digestBytes = 32
const hmacBlockBytes = 64

/** HMAC-SHA-256 of 32 bytes with the key's part prepared: each chunk of a vault needs two of them. */
function newShortMac(key: Uint8Array): ShortMac {
  const inner = new Uint8Array(hmacBlockBytes + digestBytes).fill(0x36, 0, hmacBlockBytes)
  const outer = new Uint8Array(hmacBlockBytes + digestBytes).fill(0x5c, 0, hmacBlockBytes)
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  return (bytes) => {
    inner.set(bytes, hmacBlockBytes)
    digestInto(inner, outer, hmacBlockBytes)
    const result = new Uint8Array(digestBytes)
    digestInto(outer, result, 0)
    return result
  }
}

/** Node answers with a string of one-byte characters in half the time it takes to make a Buffer. */
function digestInto(bytes: Uint8Array, target: Uint8Array, at: number): void {
  const text = hash('sha256', bytes, 'binary')
  for (let i = 0; i < digestBytes; i++) target[at + i] = text.charCodeAt(i)
}

/**
 * What zstd remembers places in. Its level 3 is meant for streams and takes 768 KB, which two threads
 * do not have in their caches; blocks of 2 MiB come out nearly as small with less. Measured for one
 * core on the Linux source, MB/s and ratio: level 3 as it is 305 and 0.214, the tables for parts 323
 * and 0.215, those for files 367 and 0.220, level 2 385 and 0.227. Files share blocks and so gain
 * anyway; a large file has only this.
 */
type Tables = { readonly hashLog: number; readonly chainLog: number }
const fileTables: Tables = { hashLog: 15, chainLog: 13 }
const partTables: Tables = { hashLog: 16, chainLog: 16 }
const levelOfTables = 3
/** A window of 1 MiB, of which packing and unpacking keep a copy each: twice as much gains 0.1 %. */
const windowLog = 20

function compressWith(cipher: Cipher, tables: Tables, target: Room): Cipher['compress'] {
  const compressors = new Map<number, ReusedStream>()
  return (bytes, level) => {
    const found =
      compressors.get(level) ?? new ReusedStream(() => newCompressor(level, tables), target)
    compressors.set(level, found)
    const bound = bytes.length + (bytes.length >>> 8) + slackBytes
    return found.run(bytes, bound) ?? cipher.compress(bytes, level)
  }
}

function newCompressor(level: number, { hashLog, chainLog }: Tables): ZstdCompress {
  const params =
    level === levelOfTables
      ? {
          [constants.ZSTD_c_compressionLevel]: level,
          [constants.ZSTD_c_strategy]: constants.ZSTD_dfast,
          [constants.ZSTD_c_hashLog]: hashLog,
          [constants.ZSTD_c_chainLog]: chainLog,
          [constants.ZSTD_c_windowLog]: windowLog,
        }
      : { [constants.ZSTD_c_compressionLevel]: level }
  return createZstdCompress({ params })
}

/** What a stream of zlib has inside. */
type Inside = {
  readonly _handle: {
    writeSync(
      flush: number,
      source: Uint8Array,
      sourceAt: number,
      sourceBytes: number,
      target: Uint8Array,
      targetAt: number,
      targetBytes: number,
    ): void
  }
  /** After a write: how much of the target, and of the source, is left. */
  readonly _writeState: Uint32Array
}

function hasInside(stream: object): stream is Inside {
  if (!('_handle' in stream && '_writeState' in stream)) return false
  const { _handle: handle, _writeState: state } = stream
  if (typeof handle !== 'object' || handle === null || !('writeSync' in handle)) return false
  return (
    typeof handle.writeSync === 'function' && state instanceof Uint32Array && state.length === 2
  )
}

/** Memory that grows to what was asked for most, and stays. */
class Room {
  #bytes = new Uint8Array(0)

  ofAtLeast(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length)
    return this.#bytes
  }
}

class ReusedStream {
  readonly #make: () => ZstdCompress | ZstdDecompress
  #stream: (ZstdCompress | ZstdDecompress) | undefined
  readonly #target: Room

  constructor(make: () => ZstdCompress | ZstdDecompress, target: Room) {
    this.#make = make
    this.#target = target
  }

  /** A whole frame in, the whole answer out; undefined when it did not come to that. */
  run(source: Uint8Array, bytesMax: number): Uint8Array | undefined {
    if (bytesMax > reusedBytesMax) return undefined
    this.#stream ??= this.#open()
    const stream: object = this.#stream
    if (!hasInside(stream)) return undefined
    const target = this.#target.ofAtLeast(bytesMax)
    const { _handle: handle, _writeState: state } = stream
    // After an error the state is that of the call before.
    state[0] = 0
    state[1] = 1
    handle.writeSync(constants.ZSTD_e_end, source, 0, source.length, target, 0, bytesMax)
    const [roomLeft = 0, sourceLeft = 1] = state
    if (roomLeft === 0 || sourceLeft !== 0) {
      this.renew()
      return undefined
    }
    return target.subarray(0, bytesMax - roomLeft)
  }

  /** The next call begins anew: this one left a frame half-done. */
  renew(): void {
    this.#stream?.destroy()
    this.#stream = undefined
  }

  #open(): ZstdCompress | ZstdDecompress {
    const stream = this.#make()
    // It is told some time after the call, whose answer has already shown it.
    stream.on('error', () => {})
    return stream
  }
}
