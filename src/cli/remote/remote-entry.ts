/** Entries of a point of a server as lines. */
import { type ByteString, displayName } from '#base'
import { type Entry, routes } from '#contract'
import { modeText } from '#jobs'
import { formatInstant } from '../amounts.ts'
import type { Fields } from '../output.ts'
import { printable } from '../printable.ts'
import { wireFields } from './wire-fields.ts'

const kindLetters: Readonly<Record<Entry['kind'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  charDevice: 'c',
  blockDevice: 'b',
}
const sizeColumns = 12

/** @param name what stands at the end: the name, or the whole path */
export function entryLine(entry: Entry, name: ByteString): string {
  const { kind, mode, uid, gid, user, group, size, modifiedAt, linkTarget, inconsistent } = entry
  const owner = printable(`${user === '' ? uid : user} ${group === '' ? gid : group}`)
  const target = linkTarget === undefined ? '' : ` -> ${displayName(linkTarget)}`
  const mark = inconsistent ? '  (changed while it was read)' : ''
  const bytes = String(entry.below?.bytes ?? size).padStart(sizeColumns)
  return `${kindLetters[kind]}${modeText(mode)} ${owner} ${bytes} ${formatInstant(modifiedAt)} ${displayName(name)}${target}${mark}`
}

export function entryFields(entry: Entry): Fields {
  return wireFields(routes.points.browse.answer.item, entry)
}
