// A24: whatever bytes a decoder is given, it answers or throws an error of the catalogue, soon, and without
// taking more memory than the bytes deserve.
import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeCipher } from '#adapters/cipher'
import { type ByteString, byteStringFromText, isFailure, MalformedBytes } from '#base'
import {
  checkPackHeader,
  chunkId,
  decodeBlock,
  decodeBranch,
  decodeExtras,
  decodeFailureList,
  decodeFooter,
  decodeHeader,
  decodeIndexSegment,
  decodeLedgerEntry,
  decodePackTrailer,
  decodePieces,
  decodePoint,
  decodeSlot,
  decodeVaultConfig,
  decodeXattrs,
  deriveVaultKeys,
  emptyLedgerState,
  encodeBlock,
  encodeBranch,
  encodeExtras,
  encodeFailureList,
  encodeFooter,
  encodeIndexSegment,
  encodeLedgerEntry,
  encodePackHeader,
  encodePackTrailer,
  encodePieces,
  encodePoint,
  encodeSlot,
  encodeVaultConfig,
  encodeXattrs,
  everyChunkRef,
  everyPieceRef,
  LeafBuilder,
  LeafCursor,
  open,
  openBlock,
  type Point,
  seal,
  slotId,
} from '#engine'
import { configOf, master } from './real-vault.ts'

const runs = Number(process.env['HOLDFAST_FUZZ_RUNS'] ?? 2000)
const slowMs = 1000
const cipher = nodeCipher()
const vaultId = new Uint8Array(16).fill(3)
const keys = deriveVaultKeys(cipher, vaultId, master)
const id = (n: number) => chunkId(cipher.digest(new Uint8Array([n])))
const text = (value: string): ByteString => byteStringFromText(value)

const pieces = [
  { kind: 'chunk', bytes: 70_000, id: id(1) },
  { kind: 'zeros', bytes: 2 ** 40 },
  { kind: 'chunk', bytes: 5, id: id(2) },
] as const
const extras = encodeExtras({
  pieces,
  crc32: 12345,
  linkTarget: new Uint8Array([1, 2, 3]),
  rdev: { major: 8, minor: 1 },
  xattrs: encodeXattrs([{ name: text('user.a'), value: new Uint8Array(9) }]),
  inodeFlags: 16,
  linkDevice: '2049',
})
const listed = encodeExtras({ pieceLists: [id(1), id(2), id(3)], crc32: 1 })

const point: Point = {
  createdAt: 1,
  startedAt: 1,
  trustedAt: 1,
  retainUntil: 2,
  epoch: 1,
  entry: 2,
  sequence: 1,
  previous: undefined,
  host: 'h',
  user: 'u',
  tags: ['t'],
  sources: [{ path: text('/a\u00ff'), prefix: '\x80\xff' as ByteString }],
  status: 'partial',
  tree: {
    base: { id: id(1), sums: { entries: 5, bytes: 6 } },
    overlay: { id: id(2), sums: { entries: -5, bytes: -6 } },
    overlayRows: 3,
  },
  summary: {
    files: 1,
    directories: 1,
    others: 1,
    sourceBytes: 1,
    newBytes: 1,
    storedBytes: 1,
    filesRead: 1,
    excluded: 1,
  },
  failureCount: 1,
  failures: [{ path: '\xff' as ByteString, reason: 'denied', detail: 'd' }],
  failureLists: [id(5)],
}

function leaf(): Uint8Array {
  const builder = new LeafBuilder()
  for (let i = 0; i < 20; i++) {
    const entry = {
      dir: text(i < 10 ? '' : 'd\0'),
      name: text(`name${String(i).padStart(3, '0')}`),
      kind: 'file' as const,
      mode: 0o644,
      uid: i % 3,
      gid: 0,
      user: 'root',
      group: 'root',
      nlink: 1,
      size: 70_005 + 2 ** 40,
      mtimeSec: -5,
      mtimeNsec: 7,
      ctimeSec: 1_700_000_000,
      ctimeNsec: 9,
      inoLow: i,
      inoHigh: 0,
      inconsistent: false,
      extra: i % 2 === 0 ? extras : listed,
    }
    builder.add({ kind: 'entry', entry, replacesBytes: i === 4 ? 17 : undefined })
  }
  builder.add({ kind: 'tombstone', key: { dir: text('e\0'), name: text('x') }, replacesBytes: 4 })
  return builder.finish()
}

function readLeaf(bytes: Uint8Array): void {
  const row = new LeafCursor(bytes)
  while (row.next()) {
    row.item()
    everyChunkRef(row.extra, () => true)
  }
}

const blocks = [
  { kind: 'data', offset: 16, storedBytes: 900, ids: [id(1), id(2)], lengths: [4, 5] },
  { kind: 'tree', offset: 916, storedBytes: 800, ids: [id(3)], lengths: [6] },
] as const
const entry = {
  number: 3,
  epoch: 2,
  at: 1,
  trustedAt: 1,
  boot: { bootId: 'b', upMs: 5 },
} as const
const state = {
  ...emptyLedgerState,
  points: new Map([
    [
      'a'.repeat(64),
      {
        sequence: 1,
        holds: [{ reason: 'r', at: 1 }],
        extended: { until: undefined },
        trashedUntil: 4,
        setBy: 1,
        delayMs: 0,
      },
    ],
  ]),
  condemned: new Map([['pack/x', { entry: 1, trustedAt: 1 }]]),
  quarantined: new Set(['pack/y']),
  deletions: [{ entry: 1, trustedAt: 1, bytes: 1 }],
}
const deletion = { pack: 'p', bytes: 1, condemnedBy: 1, markDigest: 'm' }

const content = cipher.random(3000)
const sealed = seal(cipher, keys.meta, { kind: 'index', plaintext: content, level: 3 })
const block = seal(cipher, keys.data, {
  kind: 'data',
  plaintext: encodeBlock([content, new Uint8Array(5000), content.subarray(7)]),
  level: 3,
})

type Decoder = { readonly valid: Uint8Array; readonly decode: (bytes: Uint8Array) => unknown }

const decoders: Readonly<Record<string, Decoder>> = {
  'pack header': {
    valid: encodePackHeader(vaultId),
    decode: (bytes) => checkPackHeader(bytes, vaultId, 'x'),
  },
  'pack trailer': { valid: encodePackTrailer(70_000), decode: (b) => decodePackTrailer(b, 'x') },
  'pack footer': { valid: encodeFooter(blocks), decode: (bytes) => decodeFooter(bytes, 'x') },
  'index segment': {
    valid: encodeIndexSegment({
      supersedes: [id(9)],
      packs: [
        {
          id: id(4),
          bytes: 10_000,
          blocks: [{ kind: 'data', storedBytes: 9, rawBytes: 8, prefixes: new Uint8Array(64) }],
        },
      ],
    }),
    decode: (bytes) => decodeIndexSegment(bytes, 'x'),
  },
  'block content': {
    valid: encodeBlock([new Uint8Array(5), new Uint8Array(0), new Uint8Array(900)]),
    decode: decodeBlock,
  },
  'envelope header': { valid: sealed, decode: (bytes) => decodeHeader(bytes, 'x') },
  envelope: {
    valid: sealed,
    decode: (bytes) => open(cipher, keys.meta, { kind: 'index', sealed: bytes, object: 'x' }),
  },
  block: {
    valid: block,
    decode: (bytes) => openBlock(cipher, keys, { kind: 'data', sealed: bytes, object: 'x' }),
  },
  leaf: { valid: leaf(), decode: readLeaf },
  branch: {
    valid: encodeBranch({
      level: 2,
      children: [1, 2, 3].map((n) => ({
        first: { dir: text(`d${n}\0`), name: text('n') },
        id: id(n),
        sums: { entries: n, bytes: -n },
      })),
    }),
    decode: (bytes) => decodeBranch(bytes),
  },
  extras: { valid: extras, decode: decodeExtras },
  'extras with lists': { valid: listed, decode: decodeExtras },
  'references of extras': { valid: extras, decode: (bytes) => everyChunkRef(bytes, () => true) },
  'references of lists': { valid: listed, decode: (bytes) => everyChunkRef(bytes, () => true) },
  pieces: { valid: encodePieces(pieces), decode: decodePieces },
  'references of pieces': {
    valid: encodePieces(pieces),
    decode: (bytes) => everyPieceRef(bytes, () => true),
  },
  xattrs: {
    valid: encodeXattrs([
      { name: text('user.a'), value: new Uint8Array(9) },
      { name: text('user.b'), value: new Uint8Array(0) },
    ]),
    decode: decodeXattrs,
  },
  point: { valid: encodePoint(point), decode: (bytes) => decodePoint(bytes, 'x') },
  'failure list': { valid: encodeFailureList(point.failures), decode: decodeFailureList },
  'ledger claim': {
    valid: encodeLedgerEntry({ ...entry, action: { kind: 'claim', holder: 'h', state } }),
    decode: (bytes) => decodeLedgerEntry(bytes, 'x'),
  },
  'ledger sweep': {
    valid: encodeLedgerEntry({ ...entry, action: { kind: 'sweep', deletions: [deletion] } }),
    decode: (bytes) => decodeLedgerEntry(bytes, 'x'),
  },
  'vault configuration': { valid: encodeVaultConfig(configOf(3)), decode: decodeVaultConfig },
  'key slot': {
    valid: encodeSlot({
      vaultId,
      id: slotId('00112233aabbccdd'),
      label: 'l',
      createdAt: 1,
      kind: 'key-file',
      kdf: { kind: 'hkdf-sha256', salt: cipher.random(32) },
      commitment: cipher.random(16),
      wrapped: cipher.random(48),
    }),
    decode: (bytes) => decodeSlot(bytes, 'x'),
  },
}

/** Numbers that decoders stumble over. */
const hostileBytes = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0, 0, 0, 0x20, 0],
  [0x80, 0x80, 0x80, 0x80, 0x01],
]
const hostileTexts = [
  '1e308',
  '-1',
  '9007199254740993',
  'null',
  '{}',
  '[]',
  '"__proto__"',
  'hex:zz',
  '"',
]

type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: readonly number[] }

const place = fc.nat({ max: 0xffff })
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('remove' as const), at: place, count: fc.nat({ max: 40 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, count: fc.nat({ max: 40 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(
      fc.constantFrom(...hostileBytes),
      fc.constantFrom(...hostileTexts).map((value) => [...Buffer.from(value)]),
      fc.array(fc.nat({ max: 255 }), { maxLength: 12 }),
    ),
  }),
)

function mutate(valid: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = [...valid]
  for (const change of mutations) {
    const at = change.at % (bytes.length + 1)
    if (change.kind === 'set') bytes[Math.min(at, bytes.length - 1)] = change.byte
    else if (change.kind === 'cut') bytes = bytes.slice(0, at)
    else if (change.kind === 'remove') bytes.splice(at, change.count)
    else if (change.kind === 'insert') bytes.splice(at, 0, ...change.bytes)
    else bytes.splice(at, 0, ...bytes.slice(at, at + change.count))
  }
  return Uint8Array.from(bytes)
}

for (const [name, { valid, decode }] of Object.entries(decoders)) {
  test(`A24: ${name}: mutated bytes end in an answer or an error of the catalogue`, () => {
    decode(valid)
    const mutated = fc
      .array(mutation, { minLength: 1, maxLength: 4 })
      .map((mutations) => mutate(valid, mutations))
    const any = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: mutated }, { weight: 1, arbitrary: any }),
        (bytes) => {
          const startedAt = performance.now()
          try {
            decode(bytes)
          } catch (problem) {
            ok(isFailure(problem) || problem instanceof MalformedBytes, String(problem))
          }
          ok(performance.now() - startedAt < slowMs, 'it took too long')
        },
      ),
      { numRuns: runs },
    )
  })
}
