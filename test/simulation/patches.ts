/**
 * What the simulator changes in the product's sources while it loads them. Sizes are made small, so that a tree of ten
 * files has branches, overlays, several packs and segments, as one of ten million has. Mutants are deliberate bugs, most
 * of them the cause of a published data loss: the simulator must catch each, or it proves nothing. Every pattern must
 * match just once, so a mutant cannot silently stop being one.
 */
export type Patch = {
  /** Below the root of the project. */
  readonly file: string
  readonly find: string
  readonly put: string
}

export const smallSizes: readonly Patch[] = [
  {
    file: 'src/engine/format/pack.ts',
    find: 'packBytesTarget = 32 * 1024 * 1024',
    put: 'packBytesTarget = 700',
  },
  { file: 'src/engine/tree/tree-builder.ts', find: 'leafBits = 9', put: 'leafBits = 2' },
  { file: 'src/engine/tree/tree-builder.ts', find: 'branchBits = 6', put: 'branchBits = 3' },
  {
    file: 'src/engine/tree/leaf.ts',
    find: 'new ByteWriter(64 * 1024)',
    put: 'new ByteWriter(512)',
  },
  { file: 'src/engine/tree/entry.ts', find: 'piecesInEntryMax = 64', put: 'piecesInEntryMax = 2' },
  {
    file: 'src/jobs/backup/content-writer.ts',
    find: 'piecesPerListMax = 1024',
    put: 'piecesPerListMax = 3',
  },
  {
    file: 'src/vault/session.ts',
    find: 'treeBlockBytesTarget = 256 * 1024',
    put: 'treeBlockBytesTarget = 300',
  },
  {
    file: 'src/vault/session.ts',
    find: 'chunksPerSegmentMax = 500_000',
    put: 'chunksPerSegmentMax = 5',
  },
  {
    file: 'src/vault/ledger.ts',
    find: 'entriesBetweenStates = 32',
    put: 'entriesBetweenStates = 6',
  },
  {
    file: 'src/jobs/backup/point-before.ts',
    find: 'overlayBaseEntriesMin = 4096',
    put: 'overlayBaseEntriesMin = 5',
  },
  {
    file: 'src/jobs/backup/point-before.ts',
    find: 'overlayShareMax = 1 / 8',
    put: 'overlayShareMax = 1 / 2',
  },
  { file: 'src/jobs/expire.ts', find: 'trashMs = 14 * 24 * 3600 * 1000', put: 'trashMs = 200' },
  { file: 'src/vault/chunk-index.ts', find: 'Uint32Array(4 * 1024)', put: 'Uint32Array(512)' },
  { file: 'src/engine/tree/leaf.ts', find: 'nameBytesMax = 4096', put: 'nameBytesMax = 64' },
  {
    file: 'src/engine/format/pack.ts',
    find: '64 + blocks.length * 4096',
    put: '64 + blocks.length * 128',
  },
  { file: 'src/engine/format/index-segment.ts', find: 'ByteWriter(1024)', put: 'ByteWriter(256)' },
  { file: 'src/vault/chunk-index.ts', find: 'Uint32Array(2048)', put: 'Uint32Array(256)' },
  ...[
    '#blockFirstEntry = new Uint32Array',
    '#blockPack = new Uint32Array',
    '#blockOffset = new Float64Array',
    '#blockStored = new Uint32Array',
    '#blockRaw = new Uint32Array',
    '#blockIsTree = new Uint8Array',
  ].map((array) => ({
    file: 'src/vault/chunk-index.ts',
    find: `${array}(256)`,
    put: `${array}(32)`,
  })),
]
