/** An entry of a point as a line and as fields. Whole listings have a quicker way: ListingText of #jobs. */
import { type ByteString, byteString, displayName } from '#base'
import { decodeExtras, type Entry, type EntryKind } from '#engine'
import { modeText } from '#jobs'
import { formatInstant } from './amounts.ts'
import type { Fields } from './output.ts'
import { pathFields, printable } from './printable.ts'

const kindLetters: Readonly<Record<EntryKind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  charDevice: 'c',
  blockDevice: 'b',
}
const sizeColumns = 12
const plainName = /^[\x20-\x7e]*$/

/** Bytes that are plain ASCII are themselves; most names are, and this is a hundred times faster. */
export function shownName(name: ByteString): string {
  return plainName.test(name) ? name : displayName(name)
}

/** As ListingText of #jobs writes it. */
export const inconsistentMark = '  (changed while it was read)'

export function longLine(entry: Entry, path: string): string {
  const { kind, mode, size, mtimeSec, mtimeNsec } = entry
  const when = formatInstant(mtimeSec * 1000 + Math.floor(mtimeNsec / 1e6))
  const owners = ownerText(entry)
  const mark = entry.inconsistent ? inconsistentMark : ''
  return `${kindLetters[kind]}${modeText(mode)} ${owners} ${String(size).padStart(sizeColumns)} ${when} ${path}${targetText(entry)}${mark}`
}

export function entryFields(entry: Entry, path: ByteString): Fields {
  const { kind, mode, uid, gid, user, group, size, mtimeSec, mtimeNsec, inconsistent } = entry
  const { linkTarget } = kind === 'symlink' ? decodeExtras(entry.extra) : {}
  const target =
    linkTarget === undefined ? {} : { linkTarget: pathFields(byteString(linkTarget)).path }
  return {
    ...pathFields(path),
    kind,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    user,
    group,
    size,
    mtime: isoNanoseconds(mtimeSec, mtimeNsec),
    ...target,
    ...(inconsistent ? { inconsistent } : {}),
  }
}

export function isoNanoseconds(seconds: number, nanoseconds: number): string {
  const whole = new Date(seconds * 1000)
  // Beyond the years of the calendar of Date the number itself is the answer.
  if (Number.isNaN(whole.getTime())) return `${seconds}.${String(nanoseconds).padStart(9, '0')}`
  return whole.toISOString().replace('.000Z', `.${String(nanoseconds).padStart(9, '0')}Z`)
}

function ownerText({ user, group, uid, gid }: Entry): string {
  const names = [user === '' ? String(uid) : user, group === '' ? String(gid) : group]
  return names.map(printable).join(' ')
}

function targetText({ kind, extra }: Entry): string {
  if (kind !== 'symlink') return ''
  const { linkTarget } = decodeExtras(extra)
  return linkTarget === undefined ? '' : ` -> ${shownName(byteString(linkTarget))}`
}
