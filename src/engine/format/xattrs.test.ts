import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteString, byteString, byteStringFromText, concatBytes, MalformedBytes } from '#base'
import {
  decodeXattrs,
  encodeXattrs,
  isPrivilegedXattr,
  type Xattr,
  xattrsBytesMax,
  xattrValueBytesMax,
} from './xattrs.ts'

const anyName = fc
  .uint8Array({ minLength: 1, maxLength: 255, min: 1 })
  .map((bytes) => byteString(bytes))
const anyXattrs: fc.Arbitrary<Xattr[]> = fc.uniqueArray(
  fc.record({ name: anyName, value: fc.uint8Array({ maxLength: 300 }) }, { noNullPrototype: true }),
  { selector: (xattr) => xattr.name, maxLength: 12 },
)

const named = (name: string, value: Uint8Array): Xattr => ({
  name: byteStringFromText(name),
  value,
})

test('attributes decode to what was encoded, sorted by name bytes (B5)', () => {
  fc.assert(
    fc.property(anyXattrs, (xattrs) => {
      const sorted = [...xattrs].sort((a, b) => (a.name < b.name ? -1 : 1))
      assert.deepEqual(decodeXattrs(encodeXattrs(xattrs)), sorted)
    }),
  )
})

test('equal sets of attributes have equal bytes in whatever order they were read', () => {
  fc.assert(
    fc.property(anyXattrs, (xattrs) => {
      assert.deepEqual(encodeXattrs(xattrs), encodeXattrs([...xattrs].reverse()))
    }),
  )
  assert.equal(encodeXattrs([]).length, 0)
})

test('arbitrary bytes either decode to a canonical set or are refused (A24)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      let xattrs: Xattr[]
      try {
        xattrs = decodeXattrs(bytes)
      } catch (problem) {
        assert.ok(problem instanceof MalformedBytes)
        return
      }
      assert.deepEqual(decodeXattrs(encodeXattrs(xattrs)), xattrs)
    }),
    { numRuns: 2000 },
  )
})

test('attributes out of order, twice, without a name or with a NUL are refused (A17)', () => {
  const a = encodeXattrs([named('user.a', new Uint8Array(1))])
  const b = encodeXattrs([named('user.b', new Uint8Array(1))])
  for (const bytes of [
    concatBytes([b, a]),
    concatBytes([a, a]),
    Uint8Array.of(0, 0),
    Uint8Array.of(2, 0x61, 0, 0),
    a.subarray(0, -1),
    new Uint8Array(xattrsBytesMax + 1),
  ]) {
    assert.throws(() => decodeXattrs(bytes), MalformedBytes)
  }
})

test('values beyond the limit of Linux are never written', () => {
  assert.throws(() => encodeXattrs([named('user.a', new Uint8Array(xattrValueBytesMax + 1))]))
  const large = Array.from({ length: 17 }, (_, i) =>
    named(`user.${i}`, new Uint8Array(xattrValueBytesMax)),
  )
  assert.throws(() => encodeXattrs(large))
})

test('capabilities, labels and trusted data are privileged, users’ own data and ACLs are not (A16)', () => {
  const privileged = (name: string) => isPrivilegedXattr(name as ByteString)
  assert.deepEqual(
    [
      'security.capability',
      'security.selinux',
      'trusted.overlay.opaque',
      'system.nfs4_acl',
      'btrfs.compression',
    ].map(privileged),
    [true, true, true, true, true],
  )
  assert.deepEqual(
    ['user.comment', 'system.posix_acl_access', 'system.posix_acl_default'].map(privileged),
    [false, false, false],
  )
})
