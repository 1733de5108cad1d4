/**
 * A block as it travels between agent and server: a header (kind, number in the session, counts), the ids and lengths of
 * its chunks, then the block, sealed with the session's keys. Nothing in it is believed: the server opens it and
 * hashes every chunk against its id before it counts (A03). The decoder checks every number against its limit before it
 * reads on, so no frame makes a reader take more memory than `blockFrameBytesMax` (A24).
 */
import { assert, ByteReader, ByteWriter, concatBytes, failure, MalformedBytes } from '#base'
import {
  type BlockKind,
  blockBytesTarget,
  type ChunkId,
  chunkBytesMax,
  chunkId,
  chunkIdBytes,
  chunksPerBlockMax,
  envelopeOverheadBytes,
} from '#engine'

export type BlockFrame = {
  readonly kind: BlockKind
  /** Counts up in the session: a block that is sent again is answered, not stored again. */
  readonly number: number
  readonly ids: readonly ChunkId[]
  readonly lengths: readonly number[]
  /** As `sealBlock` makes it. */
  readonly sealed: Uint8Array
}

export const blockFrameMedia = 'application/vnd.holdfast.block'
export const blockNumberMax = 999_999_999

/** "HFB1", little-endian. */
const magic = 0x31424648
const kinds = ['data', 'tree'] as const satisfies readonly BlockKind[]
/** magic, kind, three zero bytes, number, chunks, sealed bytes */
const headerBytes = 4 + 1 + 3 + 4 + 4 + 4
const refBytes = chunkIdBytes + 4

/** A block takes no further chunk once it has `blockBytesTarget`, so one largest chunk may come on top. */
const contentBytesMax = blockBytesTarget + chunkBytesMax
/** What zstd may add to content that it cannot compress. */
const sealedBytesMax = sealedBound(contentBytesMax + 4 + 4 * chunksPerBlockMax)
export const blockFrameBytesMax = headerBytes + refBytes * chunksPerBlockMax + sealedBytesMax

export function encodeBlockFrame(frame: BlockFrame): Uint8Array {
  return concatBytes([encodeBlockHeader(frame), frame.sealed])
}

/** Everything before the sealed bytes, for who can send both without joining them. */
export function encodeBlockHeader(frame: BlockFrame): Uint8Array {
  const { ids, lengths, sealed } = frame
  assert(ids.length === lengths.length, 'every chunk of a frame has an id and a length')
  const problem = findProblem(frame)
  assert(problem === undefined, `a frame is within its limits: ${problem}`)
  const size = headerBytes + refBytes * ids.length
  const writer = new ByteWriter(size)
  writer.u32(magic)
  writer.u8(kinds.indexOf(frame.kind) + 1)
  writer.u8(0)
  writer.u16(0)
  writer.u32(frame.number)
  writer.u32(ids.length)
  writer.u32(sealed.length)
  for (const id of ids) writer.bytes(id)
  for (const length of lengths) writer.u32(length)
  assert(writer.length === size, 'a header is as long as its parts')
  return writer.view()
}

/** The ids and the sealed bytes have memory of their own: ids are kept, and must not keep the frame. @throws session.refused */
export function decodeBlockFrame(bytes: Uint8Array): BlockFrame {
  return refused(() => {
    const header = readHeader(bytes)
    if (bytes.length !== frameBytes(header)) throw new MalformedBytes('a frame has another length')
    const reader = new ByteReader(bytes, headerBytes)
    const ids: ChunkId[] = []
    const allIds = new ByteReader(reader.bytes(header.chunks * chunkIdBytes).slice())
    for (let i = 0; i < header.chunks; i++) ids.push(chunkId(allIds.bytes(chunkIdBytes)))
    const lengths: number[] = []
    for (let i = 0; i < header.chunks; i++) lengths.push(reader.u32())
    const sealed = reader.bytes(header.sealedBytes).slice()
    const frame = { kind: header.kind, number: header.number, ids, lengths, sealed }
    const problem = findProblem(frame)
    if (problem !== undefined) throw new MalformedBytes(problem)
    return frame
  })
}

/** The plaintext of a frame's block has exactly this many bytes; decompress no further. */
export function rawBytesOf(frame: Pick<BlockFrame, 'lengths'>): number {
  return frame.lengths.reduce((sum, length) => sum + length, 4 + 4 * frame.lengths.length)
}

/**
 * Frames that follow one another in a stream, whatever the pieces in which it comes.
 * @throws session.refused, also when the stream ends inside a frame
 */
export async function* readBlockFrames(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<BlockFrame> {
  // Pieces are kept until a frame is whole and copied once, so tiny pieces cost no more than large ones.
  let pieces: Uint8Array[] = []
  let held = 0
  let wanted = headerBytes
  for await (const piece of stream) {
    pieces.push(piece)
    held += piece.length
    while (held >= wanted) {
      const whole = pieces.length === 1 ? (pieces[0] ?? piece) : concatBytes(pieces)
      wanted = refused(() => frameBytes(readHeader(whole)))
      pieces = [whole]
      if (held < wanted) break
      yield decodeBlockFrame(whole.slice(0, wanted))
      pieces = held === wanted ? [] : [whole.subarray(wanted)]
      held -= wanted
      wanted = headerBytes
    }
  }
  if (held > 0) throw failure('session.refused', { problem: 'the stream ends inside a frame' })
}

type Header = {
  readonly kind: BlockKind
  readonly number: number
  readonly chunks: number
  readonly sealedBytes: number
}

function readHeader(bytes: Uint8Array): Header {
  const reader = new ByteReader(bytes)
  if (reader.u32() !== magic) throw new MalformedBytes('this is no frame of a block')
  const kind = kinds[reader.u8() - 1]
  if (kind === undefined) throw new MalformedBytes('a frame has an unknown kind')
  if (reader.u8() !== 0 || reader.u16() !== 0) throw new MalformedBytes('a frame has unknown flags')
  const number = reader.u32()
  const chunks = reader.u32()
  const sealedBytes = reader.u32()
  if (number > blockNumberMax) throw new MalformedBytes('a frame has too large a number')
  if (chunks > chunksPerBlockMax) throw new MalformedBytes('a frame has too many chunks')
  if (sealedBytes > sealedBytesMax) throw new MalformedBytes('a frame is too long')
  return { kind, number, chunks, sealedBytes }
}

function frameBytes(header: Header): number {
  return headerBytes + refBytes * header.chunks + header.sealedBytes
}

/** Both directions: what we would not take, we do not send. */
function findProblem(frame: BlockFrame): string | undefined {
  const { ids, lengths, sealed, number } = frame
  if (!Number.isInteger(number) || number < 0 || number > blockNumberMax) return 'its number'
  if (ids.length === 0) return 'a frame has no chunks'
  if (ids.length > chunksPerBlockMax) return 'a frame has too many chunks'
  let content = 0
  for (const length of lengths) {
    if (length > chunkBytesMax) return 'a chunk is too long'
    content += length
  }
  if (content > contentBytesMax) return 'a frame has too much content'
  if (sealed.length > sealedBound(rawBytesOf(frame))) return 'a frame is longer than its content'
  return undefined
}

/** ZSTD_compressBound, and the envelope. */
function sealedBound(rawBytes: number): number {
  return rawBytes + Math.ceil(rawBytes / 256) + 1_024 + envelopeOverheadBytes
}

function refused<T>(decode: () => T): T {
  try {
    return decode()
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('session.refused', { problem: problem.message }, problem)
  }
}
