// Names that come out of a vault and are about to become names on a disk. The vault may have been
// written by a hostile machine, so each is checked where it is used (rules A13, F6).
import { type ByteString, displayName, failure } from '#base'

/** NAME_MAX of Linux. */
const NAME_BYTES_MAX = 255
const NOT_BYTES = /[\u0100-\uffff]/

/** @throws name.hostile */
export function checkName(name: ByteString): void {
  const problem = findNameProblem(name)
  if (problem !== undefined) throw failure('name.hostile', { name: displayName(name), problem })
}

/** The checked components of a relative path; none for the root itself. @throws name.hostile */
export function checkedComponents(path: ByteString): readonly ByteString[] {
  if (path === '') return []
  const names = path.split('/') as ByteString[]
  for (const name of names) checkName(name)
  return names
}

/** A relative path as the directory it is in and its last name. @throws name.hostile */
export function splitPath(path: ByteString): {
  readonly directory: ByteString
  readonly name: ByteString
} {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1) as ByteString
  checkName(name)
  return { directory: path.slice(0, Math.max(slash, 0)) as ByteString, name }
}

function findNameProblem(name: ByteString): string | undefined {
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return 'it names another directory'
  if (name.includes('/')) return 'it has a slash'
  if (name.includes('\0')) return 'it has a NUL'
  if (NOT_BYTES.test(name)) return 'it is not made of bytes'
  if (name.length > NAME_BYTES_MAX) return 'it is longer than 255 bytes'
  return undefined
}
