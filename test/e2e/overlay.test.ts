/** A point made over the base of the one before is the same as one made anew, through many changes of a real tree. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { directoryLeases } from '#adapters/leases'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { openDirectoryStore } from '#adapters/store'
import { byteStringFromText } from '#base'
import { chunkerParams, entryPath, everything, type KnownPoint } from '#engine'
import { parentOf, performBackup } from '#jobs'
import { silentReporter } from '#ports'
import {
  ChunkReader,
  createVault,
  loadIndex,
  Ownership,
  openSession,
  PointCursor,
  readPoints,
  type Vault,
} from '#vault'

const signal = new AbortController().signal

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

async function newVault(folder: string): Promise<Vault> {
  const store = await openDirectoryStore(folder, { createMissing: true })
  const leases = directoryLeases(folder)
  const ports = { store, leases, clock: systemClock(), cipher: nodeCipher() }
  const config = {
    vaultId: new Uint8Array(16).fill(1),
    mode: 'managed' as const,
    createdAt: 0,
    compressionLevel: 3,
    chunkAverageBytes: 262_144,
    retentionMinMs: 0,
    retentionMaxMs: undefined,
    gcGraceMs: 0,
    features: [],
  }
  return await createVault(ports, config, new Uint8Array(32).fill(2), signal)
}

async function backup(
  vault: Vault,
  source: string,
  before: 'compared' | 'ignored',
): Promise<KnownPoint> {
  await using ownership = await Ownership.take(vault, 'test', signal)
  await using session = await openSession(ownership, signal)
  const { points } = await readPoints(vault, ownership.state, signal)
  const sources = [{ path: byteStringFromText(source), prefix: byteStringFromText('') }]
  const pool = openPool({
    keys: vault.keys,
    compressionLevel: 3,
    params: chunkerParams(262_144),
    threads: 2,
  })
  const tree = linuxSourceTree(pool)
  try {
    const facts = {
      skipped: [],
      oneFileSystem: false,
      tags: [],
      host: 'h',
      user: 'u',
      retainForMs: undefined,
    }
    const parent = before === 'compared' ? parentOf(points, sources, 'h') : undefined
    const request = { ...facts, sources, filter: everything, parent, startedAt: Date.now() }
    const reader = new ChunkReader(vault, session.index)
    const ports = { source: tree, session, reader, reporter: silentReporter }
    const outcome = await performBackup(ports, request, signal)
    equal(outcome.failures.length, 0)
    return outcome.point
  } finally {
    await tree.close()
    await pool.close()
  }
}

async function entriesOf(vault: Vault, known: KnownPoint): Promise<Map<string, string>> {
  await using ownership = await Ownership.take(vault, 'test', signal)
  const { index } = await loadIndex(vault, ownership.state, signal)
  const cursor = new PointCursor(new ChunkReader(vault, index), known.point.tree)
  const entries = new Map<string, string>()
  while (cursor.advance() || (await cursor.load(signal))) {
    const item = cursor.item()
    ok(item.kind === 'entry')
    const { extra, ...facts } = item.entry
    entries.set(entryPath(item.entry), JSON.stringify({ ...facts, extra: [...extra] }))
  }
  return entries
}

function walk(root: string): string[] {
  const found = ['']
  const go = (path: string): void => {
    for (const name of fs.readdirSync(join(root, path))) {
      const inner = path === '' ? name : `${path}/${name}`
      found.push(inner)
      if (fs.lstatSync(join(root, inner)).isDirectory()) go(inner)
    }
  }
  go('')
  return found
}

function change(root: string, chance: () => number, round: number): void {
  for (const path of walk(root)) {
    const full = join(root, path)
    const dice = chance()
    if (!fs.lstatSync(full).isFile() || dice > 0.03) continue
    if (dice < 0.01)
      fs.writeFileSync(full, `changed ${round} ${'x'.repeat(Math.floor(chance() * 900))}`)
    else if (dice < 0.015) fs.rmSync(full)
    else if (dice < 0.02) fs.renameSync(full, `${full}-moved${round}`)
    else if (dice < 0.022) {
      fs.rmSync(full)
      fs.symlinkSync(`target ${round}`, full)
    } else fs.writeFileSync(`${full}.new${round}`, `new ${chance()}`)
  }
}

function plant(source: string): void {
  for (let d = 0; d < 60; d++) {
    const folder = join(source, `d${d % 7}`, `e${d}`)
    fs.mkdirSync(folder, { recursive: true })
    for (let f = 0; f < 80; f++) fs.writeFileSync(join(folder, `f${f}`), 'y'.repeat((d * f) % 700))
  }
}

test('an overlay shows what a full tree shows, through changes, removals and renames (D1)', async (t) => {
  const root = fs.mkdtempSync(join(tmpdir(), 'holdfast-overlay-'))
  t.after(() => fs.rmSync(root, { recursive: true, force: true }))
  const source = join(root, 'source')
  plant(source)
  const vault = await newVault(join(root, 'vault'))
  const fresh = await newVault(join(root, 'fresh'))
  await backup(vault, source, 'compared')
  const chance = seeded(7)
  let overlays = 0
  for (let round = 0; round < 4; round++) {
    change(source, chance, round)
    if (round === 2) fs.rmSync(join(source, 'd3', 'e10'), { recursive: true })
    const known = await backup(vault, source, 'compared')
    const { base, overlay } = known.point.tree
    if (overlay !== undefined) overlays++
    const entries = await entriesOf(vault, known)
    deepEqual([...entries.keys()].sort(), walk(source).sort())
    deepEqual(entries, await entriesOf(fresh, await backup(fresh, source, 'ignored')))
    equal(base.sums.entries + (overlay?.sums.entries ?? 0), entries.size)
  }
  ok(overlays >= 2, `${overlays} of 4 points were overlays`)
})
