/** An entry of a point as a line and as fields. Listings have millions of lines, so what repeats is kept. */
import { type ByteString, byteString, displayName } from '#base'
import { decodeExtras, type Entry, type EntryKind } from '#engine'
import type { PointPaths } from '#jobs'
import { formatInstant } from './amounts.ts'
import type { Fields } from './output.ts'
import { pathFields, printable } from './printable.ts'
import { padEnd } from './text-width.ts'

const kindLetters: Readonly<Record<EntryKind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  charDevice: 'c',
  blockDevice: 'b',
}
const ownerColumns = 8
const sizeColumns = 11
const plainName = /^[\x20-\x7e]*$/

/** Bytes that are plain ASCII are themselves; most names are, and this is a hundred times faster. */
export function shownName(name: ByteString): string {
  return plainName.test(name) ? name : displayName(name)
}

export function longLine(entry: Entry, path: string): string {
  const { kind, mode, size, mtimeSec, mtimeNsec } = entry
  const when = formatInstant(mtimeSec * 1000 + Math.floor(mtimeNsec / 1e6))
  const owners = ownerText(entry)
  const extent = kind === 'file' ? String(size) : deviceText(entry)
  const mark = entry.inconsistent ? '  (changed while it was read)' : ''
  return `${kindLetters[kind]}${modeText(mode)} ${owners} ${extent.padStart(sizeColumns)} ${when} ${path}${targetText(entry)}${mark}`
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

/** Paths of entries as they stood at the source, directory by directory. */
export class ShownPaths {
  readonly #paths: PointPaths
  #dir: ByteString | undefined
  #shown = ''

  constructor(paths: PointPaths) {
    this.#paths = paths
  }

  of(entry: Entry): string {
    // Entries in the root may be sources, whose names stand for whole paths.
    if (entry.dir === '') return shownName(this.#paths.sourcePath(entry))
    if (entry.dir !== this.#dir) {
      this.#dir = entry.dir
      const directory = shownName(this.#paths.sourceDirectory(entry.dir))
      this.#shown = directory.endsWith('/') ? directory : `${directory}/`
    }
    return this.#shown + shownName(entry.name)
  }
}

/** `rwxr-sr-t` */
export function modeText(mode: number): string {
  const known = modeTexts.get(mode)
  if (known !== undefined) return known
  const letters = Array.from({ length: 9 }, (_, i) =>
    (mode & (0o400 >> i)) === 0 ? '-' : 'rwx'.charAt(i % 3),
  )
  for (const [at, bit, letter] of [
    [2, 0o4000, 's'],
    [5, 0o2000, 's'],
    [8, 0o1000, 't'],
  ] as const) {
    if ((mode & bit) !== 0) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase()
  }
  const text = letters.join('')
  modeTexts.set(mode, text)
  return text
}

/** At most the 4,096 modes that there are. */
const modeTexts = new Map<number, string>()

export function isoNanoseconds(seconds: number, nanoseconds: number): string {
  const whole = new Date(seconds * 1000)
  // Beyond the years of the calendar of Date the number itself is the answer.
  if (Number.isNaN(whole.getTime())) return `${seconds}.${String(nanoseconds).padStart(9, '0')}`
  return whole.toISOString().replace('.000Z', `.${String(nanoseconds).padStart(9, '0')}Z`)
}

function ownerText({ user, group, uid, gid }: Entry): string {
  const names = [user === '' ? String(uid) : user, group === '' ? String(gid) : group]
  return names.map((name) => padEnd(printableOwner(name), ownerColumns)).join(' ')
}

function printableOwner(name: string): string {
  return plainName.test(name) ? name : printable(name)
}

function deviceText({ kind, extra }: Entry): string {
  if (kind !== 'charDevice' && kind !== 'blockDevice') return '-'
  const { rdev } = decodeExtras(extra)
  return rdev === undefined ? '-' : `${rdev.major}, ${rdev.minor}`
}

function targetText({ kind, extra }: Entry): string {
  if (kind !== 'symlink') return ''
  const { linkTarget } = decodeExtras(extra)
  return linkTarget === undefined ? '' : ` -> ${shownName(byteString(linkTarget))}`
}
