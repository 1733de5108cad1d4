// Extended attributes of one entry as canonical bytes: POSIX ACLs, file capabilities and security
// labels among them, since Linux keeps them all as attributes. Canonical means that equal sets have
// equal bytes: sorted by name bytes, each name once. The empty set is no bytes at all.
// Layout: for each attribute: length and bytes of the name, length and bytes of the value; lengths
// are varints. See docs/format/tree.md.
import { assert, ByteReader, type ByteString, ByteWriter, byteString, MalformedBytes } from '#base'

export type Xattr = { readonly name: ByteString; readonly value: Uint8Array }

/** Linux's own limits (XATTR_NAME_MAX, XATTR_SIZE_MAX). */
export const xattrNameBytesMax = 255
export const xattrValueBytesMax = 64 * 1024
/** Ours for one entry; ext4 without large values stops at a few KiB, XFS would go on. */
export const xattrsBytesMax = 1024 * 1024

/** What one attribute adds to the encoding at most. */
export function xattrEncodedBytes(name: ByteString, valueBytes: number): number {
  return name.length + valueBytes + 2 * lengthBytesMax
}

const lengthBytesMax = 3

export function encodeXattrs(xattrs: readonly Xattr[]): Uint8Array {
  const sorted = [...xattrs].sort((a, b) => (a.name < b.name ? -1 : 1))
  const writer = new ByteWriter(256)
  let previous = ''
  for (const { name, value } of sorted) {
    assert(findNameProblem(name) === undefined, 'an attribute to encode has a legal name')
    assert(value.length <= xattrValueBytesMax, 'an attribute value is at most 64 KiB')
    assert(name !== previous, 'an entry has each attribute once')
    previous = name
    writer.text(name)
    writer.block(value)
  }
  assert(writer.length <= xattrsBytesMax, 'the attributes of an entry are at most 1 MiB')
  return writer.finish()
}

/** @throws MalformedBytes on anything that `encodeXattrs` would not have written. */
export function decodeXattrs(bytes: Uint8Array): Xattr[] {
  if (bytes.length > xattrsBytesMax) throw new MalformedBytes('attributes exceed 1 MiB')
  const reader = new ByteReader(bytes)
  const xattrs: Xattr[] = []
  let previous = ''
  while (reader.remaining > 0) {
    const name = byteString(reader.block(xattrNameBytesMax))
    const problem = findNameProblem(name)
    if (problem !== undefined) throw new MalformedBytes(problem)
    if (name <= previous) throw new MalformedBytes('attributes are not in order')
    previous = name
    xattrs.push({ name, value: reader.block(xattrValueBytesMax) })
  }
  return xattrs
}

/**
 * Attributes that change what the system allows: capabilities, labels, overlay and trusted data.
 * Restored only when asked (rule A16). ACLs are not among them: they only speak of the file itself.
 */
export function isPrivilegedXattr(name: ByteString): boolean {
  return !name.startsWith('user.') && !isAcl(name)
}

export function isAcl(name: ByteString): boolean {
  return name === 'system.posix_acl_access' || name === 'system.posix_acl_default'
}

function findNameProblem(name: ByteString): string | undefined {
  if (name.length === 0) return 'an attribute has no name'
  if (name.length > xattrNameBytesMax) return 'an attribute name exceeds 255 bytes'
  if (name.includes('\0')) return 'an attribute name has a NUL'
  return undefined
}
