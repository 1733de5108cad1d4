/**
 * The records of a zip archive (APPNOTE 6.3): local header, data descriptor, central directory, with zip64 where a size or
 * a place does not fit 32 bits, Unix modes and times. Names are UTF-8 where they can be, else their bytes.
 */
import { ByteWriter, concatBytes } from '#base'

export type ZipMember = {
  readonly name: Uint8Array
  readonly isUtf8: boolean
  /** Type and permissions, as `st_mode`. */
  readonly mode: number
  readonly mtimeSec: number
  readonly method: 'stored' | 'deflated'
  readonly crc32: number
  readonly rawBytes: number
  readonly packedBytes: number
  /** Sizes stand after the content, since they were not known before. */
  readonly isStreamed: boolean
  readonly isZip64: boolean
  /** Where its local header stands. */
  readonly offset: number
}

const max32 = 0xffff_ffff
const versionPlain = 20
const versionZip64 = 45
const madeByUnix = 3
const flagDescriptor = 0x0008
const flagUtf8 = 0x0800
const timestampTag = 0x5455
const zip64Tag = 0x0001

export function localHeader(member: ZipMember): Uint8Array {
  const writer = new ByteWriter(128)
  const extra = [timestampExtra(member.mtimeSec)]
  const known = member.isStreamed ? { ...member, crc32: 0, rawBytes: 0, packedBytes: 0 } : member
  if (member.isZip64) extra.unshift(zip64Extra([known.rawBytes, known.packedBytes]))
  writer.u32(0x04034b50)
  addShared(writer, known)
  writer.u16(member.name.length)
  writer.u16(extra.reduce((sum, one) => sum + one.length, 0))
  writer.bytes(member.name)
  for (const one of extra) writer.bytes(one)
  return writer.finish()
}

export function dataDescriptor(member: ZipMember): Uint8Array {
  const writer = new ByteWriter(32)
  writer.u32(0x08074b50)
  writer.u32(member.crc32)
  for (const size of [member.packedBytes, member.rawBytes])
    member.isZip64 ? writer.u64(size) : writer.u32(size)
  return writer.finish()
}

export function centralRecord(member: ZipMember): Uint8Array {
  const writer = new ByteWriter(160)
  const isFar = member.offset >= max32
  const large = member.isZip64 ? [member.rawBytes, member.packedBytes] : []
  if (isFar) large.push(member.offset)
  const extra = [timestampExtra(member.mtimeSec)]
  if (large.length > 0) extra.unshift(zip64Extra(large))
  writer.u32(0x02014b50)
  writer.u16((madeByUnix << 8) | versionZip64)
  addShared(writer, member)
  writer.u16(member.name.length)
  writer.u16(extra.reduce((sum, one) => sum + one.length, 0))
  writer.u16(0)
  writer.u16(0)
  writer.u16(0)
  writer.u32((member.mode << 16) >>> 0)
  writer.u32(isFar ? max32 : member.offset)
  writer.bytes(member.name)
  for (const one of extra) writer.bytes(one)
  return writer.finish()
}

export type CentralDirectory = {
  readonly members: number
  readonly offset: number
  readonly bytes: number
}

export function endRecords(directory: CentralDirectory): Uint8Array {
  const { members, offset, bytes } = directory
  const isZip64 = members >= 0xffff || offset >= max32 || bytes >= max32
  const writer = new ByteWriter(22)
  writer.u32(0x06054b50)
  writer.u16(0)
  writer.u16(0)
  for (let i = 0; i < 2; i++) writer.u16(isZip64 ? 0xffff : members)
  writer.u32(isZip64 ? max32 : bytes)
  writer.u32(isZip64 ? max32 : offset)
  writer.u16(0)
  return isZip64 ? concatBytes([zip64End(directory), writer.view()]) : writer.finish()
}

function zip64End({ members, offset, bytes }: CentralDirectory): Uint8Array {
  const writer = new ByteWriter(80)
  writer.u32(0x06064b50)
  writer.u64(44)
  writer.u16((madeByUnix << 8) | versionZip64)
  writer.u16(versionZip64)
  writer.u32(0)
  writer.u32(0)
  for (const value of [members, members, bytes, offset]) writer.u64(value)
  writer.u32(0x07064b50)
  writer.u32(0)
  writer.u64(offset + bytes)
  writer.u32(1)
  return writer.finish()
}

/** What local header and central record have in the same order. */
function addShared(writer: ByteWriter, member: ZipMember): void {
  writer.u16(member.isZip64 ? versionZip64 : versionPlain)
  writer.u16((member.isUtf8 ? flagUtf8 : 0) | (member.isStreamed ? flagDescriptor : 0))
  writer.u16(member.method === 'deflated' ? 8 : 0)
  const { time, date } = dosTime(member.mtimeSec)
  writer.u16(time)
  writer.u16(date)
  writer.u32(member.crc32)
  writer.u32(member.isZip64 ? max32 : member.packedBytes)
  writer.u32(member.isZip64 ? max32 : member.rawBytes)
}

function zip64Extra(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(32)
  writer.u16(zip64Tag)
  writer.u16(values.length * 8)
  for (const value of values) writer.u64(value)
  return writer.finish()
}

/** The time to the second, universal; within what 32 bits hold. */
function timestampExtra(mtimeSec: number): Uint8Array {
  const writer = new ByteWriter(16)
  writer.u16(timestampTag)
  writer.u16(5)
  writer.u8(1)
  writer.u32(Math.min(Math.max(mtimeSec, -0x8000_0000), 0x7fff_ffff) >>> 0)
  return writer.finish()
}

/** The old two-second clock of DOS from 1980 to 2107; we give universal time. */
function dosTime(mtimeSec: number): { readonly time: number; readonly date: number } {
  const at = new Date(Math.min(Math.max(mtimeSec, 315_532_800), 4_354_819_198) * 1000)
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >>> 1)
  return { time, date }
}
