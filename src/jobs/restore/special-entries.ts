/** What a restored entry has that a report must name: rights, devices, privileged attributes (A16). */
import { type ByteString, displayName } from '#base'
import {
  decodeXattrs,
  type EntryKind,
  type Extras,
  guardTree,
  isPrivilegedXattr,
  KIND_CODE,
} from '#engine'
import type { RestoreNote } from './restore-report.ts'

export const setIds = 0o6000

export function listSpecials(
  path: ByteString,
  entry: { readonly kindCode: number; readonly mode: number },
  extras: Extras,
): RestoreNote[] {
  const notes: RestoreNote[] = []
  const note = (what: string, detail: string) =>
    notes.push({ path, what, reason: 'special', detail })
  const { kindCode, mode } = entry
  if (kindCode === KIND_CODE.file && (mode & setIds) !== 0)
    note('setIds', `0${(mode & setIds).toString(8)}`)
  if (kindCode === KIND_CODE.charDevice || kindCode === KIND_CODE.blockDevice) {
    const kind: EntryKind = kindCode === KIND_CODE.charDevice ? 'charDevice' : 'blockDevice'
    note('device', `${kind} ${extras.rdev?.major ?? 0}:${extras.rdev?.minor ?? 0}`)
  }
  const { xattrs } = extras
  if (xattrs === undefined) return notes
  for (const { name } of guardTree(() => decodeXattrs(xattrs))) {
    if (isPrivilegedXattr(name)) note('xattr', displayName(name))
  }
  return notes
}
