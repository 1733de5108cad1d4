/**
 * One entry's headers in the pax format (POSIX.1-2001): a ustar header, and before it, where that cannot hold a fact, an
 * extended header: names beyond 100 bytes or of other than plain letters, nanoseconds, large numbers, extended attributes
 * (`SCHILY.xattr.`, as GNU tar and star write them). Names are bytes and stay what they are; `hdrcharset=BINARY` would say
 * so, but GNU tar complains of it and every reader takes the bytes without it.
 */
import { type ByteString, ByteWriter, byteStringFromText, bytesOf } from '#base'
import type { ArchiveEntry } from '#ports'

export const tarBlockBytes = 512

const nameBytes = 100
const ownerNameBytes = 32
/** What octal digits can hold in 7 and in 11 places. */
const smallNumberMax = 0o7777777
const largeNumberMax = 0o77777777777

const typeFlags = {
  file: '0',
  directory: '5',
  symlink: '2',
  fifo: '6',
  charDevice: '3',
  blockDevice: '4',
} as const

/** Undefined for kinds that tar does not know. */
export function tarTypeFlag(entry: ArchiveEntry): string | undefined {
  if (entry.kind === 'socket') return undefined
  return entry.hardLinkTo === undefined ? typeFlags[entry.kind] : '1'
}

export function tarHeaders(entry: ArchiveEntry): Uint8Array {
  const typeFlag = tarTypeFlag(entry) ?? '0'
  const name = nameOf(entry)
  const linkName = entry.hardLinkTo ?? entry.linkTarget ?? ('' as ByteString)
  const records = extendedRecords(entry, { name, linkName })
  const writer = new ByteWriter(4 * tarBlockBytes)
  if (records.length > 0) {
    const title = byteStringFromText('PaxHeaders/entry')
    const facts = { ...plainFacts, name: title, mode: 0o644, size: records.length, typeFlag: 'x' }
    writer.bytes(ustarHeader(facts))
    writer.bytes(records)
    writer.bytes(tarPadding(records.length))
  }
  const { major = 0, minor = 0 } = entry.rdev ?? {}
  writer.bytes(
    ustarHeader({
      name,
      linkName,
      typeFlag,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      user: byteStringFromText(entry.user),
      group: byteStringFromText(entry.group),
      size: entry.size,
      mtime: Math.min(Math.max(entry.mtimeSec, 0), largeNumberMax),
      major,
      minor,
    }),
  )
  return writer.finish()
}

/** Zeros up to the next whole block. */
export function tarPadding(length: number): Uint8Array {
  return new Uint8Array((tarBlockBytes - (length % tarBlockBytes)) % tarBlockBytes)
}

function nameOf({ path, kind }: ArchiveEntry): ByteString {
  if (kind !== 'directory') return path
  return (path === '' ? './' : `${path}/`) as ByteString
}

type UstarFacts = {
  readonly name: ByteString
  readonly linkName: ByteString
  readonly typeFlag: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly user: ByteString
  readonly group: ByteString
  readonly size: number
  readonly mtime: number
  readonly major: number
  readonly minor: number
}

const none = '' as ByteString
const plainFacts = {
  linkName: none,
  uid: 0,
  gid: 0,
  user: none,
  group: none,
  mtime: 0,
  major: 0,
  minor: 0,
}

/** Numbers and names too large for their fields are cut here; the extended header before says what they are. */
function ustarHeader(facts: UstarFacts): Uint8Array {
  const header = new Uint8Array(tarBlockBytes)
  putText(header, 0, facts.name.slice(0, nameBytes))
  putOctal(header, 100, { digits: 7, value: facts.mode })
  putOctal(header, 108, { digits: 7, value: within(facts.uid, smallNumberMax) })
  putOctal(header, 116, { digits: 7, value: within(facts.gid, smallNumberMax) })
  putOctal(header, 124, { digits: 11, value: within(facts.size, largeNumberMax) })
  putOctal(header, 136, { digits: 11, value: facts.mtime })
  putText(header, 148, '        ')
  putText(header, 156, facts.typeFlag)
  putText(header, 157, facts.linkName.slice(0, nameBytes))
  putText(header, 257, 'ustar\x0000')
  putText(header, 265, facts.user.slice(0, ownerNameBytes - 1))
  putText(header, 297, facts.group.slice(0, ownerNameBytes - 1))
  putOctal(header, 329, { digits: 7, value: within(facts.major, smallNumberMax) })
  putOctal(header, 337, { digits: 7, value: within(facts.minor, smallNumberMax) })
  const sum = header.reduce((total, byte) => total + byte, 0)
  putText(header, 148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return header
}

function within(value: number, max: number): number {
  return value > max ? 0 : value
}

function putText(header: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) header[at + i] = text.charCodeAt(i)
}

function putOctal(
  header: Uint8Array,
  at: number,
  { digits, value }: { readonly digits: number; readonly value: number },
): void {
  putText(header, at, value.toString(8).padStart(digits, '0'))
}

function extendedRecords(
  entry: ArchiveEntry,
  { name, linkName }: { readonly name: ByteString; readonly linkName: ByteString },
): Uint8Array {
  const writer = new ByteWriter(256)
  const add = (key: string, value: Uint8Array) => addRecord(writer, key, value)
  const addText = (key: string, value: string) => add(key, bytesOf(byteStringFromText(value)))
  if (!fits(name, nameBytes)) add('path', bytesOf(name))
  if (!fits(linkName, nameBytes)) add('linkpath', bytesOf(linkName))
  if (entry.mtimeNsec !== 0 || entry.mtimeSec < 0 || entry.mtimeSec > largeNumberMax)
    addText('mtime', decimalTime(entry.mtimeSec, entry.mtimeNsec))
  if (entry.size > largeNumberMax) addText('size', String(entry.size))
  if (entry.uid > smallNumberMax) addText('uid', String(entry.uid))
  if (entry.gid > smallNumberMax) addText('gid', String(entry.gid))
  if (!fits(byteStringFromText(entry.user), ownerNameBytes - 1)) addText('uname', entry.user)
  if (!fits(byteStringFromText(entry.group), ownerNameBytes - 1)) addText('gname', entry.group)
  for (const { name: attribute, value } of entry.xattrs)
    add(`SCHILY.xattr.${keyOf(attribute)}`, value)
  return writer.finish()
}

/** A record says its own length, the digits of that length among it. */
function addRecord(writer: ByteWriter, key: string, value: Uint8Array): void {
  const rest = key.length + value.length + 3
  let length = rest + String(rest).length
  if (String(length).length + rest !== length) length = rest + String(length).length
  writer.chars(`${length} ${key}=`)
  writer.bytes(value)
  writer.u8(0x0a)
}

/** As GNU tar: the two characters that would end or hide a key. */
function keyOf(attribute: ByteString): string {
  return attribute.replaceAll('%', '%25').replaceAll('=', '%3D')
}

function fits(text: ByteString, max: number): boolean {
  return text.length <= max && /^[\x20-\x7e]*$/.test(text)
}

/** Seconds before 1970 count down while nanoseconds count up; a decimal number does not. */
function decimalTime(seconds: number, nanoseconds: number): string {
  const isBefore = seconds < 0 && nanoseconds > 0
  const whole = isBefore ? -(seconds + 1) : Math.abs(seconds)
  const parts = isBefore ? 1_000_000_000 - nanoseconds : nanoseconds
  const fraction = parts === 0 ? '' : `.${String(parts).padStart(9, '0')}`
  return `${seconds < 0 ? '-' : ''}${whole}${fraction}`
}
