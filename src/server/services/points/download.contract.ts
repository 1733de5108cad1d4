/** Downloads (F8) on real vaults: whole or visibly broken, as slow as their reader, over when it goes. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { assert, byteStringFromText } from '#base'
import type { AccountId, ArchiveFormat, PointId, VaultId } from '#contract'
import type { ByteReply } from '../../handler.ts'
import { type DownloadPlace, DownloadPlaces } from './download-places.ts'
import { type OpenMachine, PointsWorld } from './points-world.contract.ts'

const large = randomBytes(3_000_000)

function fill(folder: string): void {
  mkdirSync(join(folder, 'docs/inner'), { recursive: true })
  mkdirSync(join(folder, 'other/docs'), { recursive: true })
  writeFileSync(join(folder, 'docs/inner/large.bin'), large)
  writeFileSync(join(folder, 'docs/small.txt'), 'small')
  writeFileSync(join(folder, 'other/docs/small.txt'), 'another')
  execFileSync('mkfifo', [join(folder, 'docs/pipe')])
}

type Place = { readonly vaultId: VaultId; readonly pointId: PointId }

async function made(open: OpenMachine) {
  const world = await PointsWorld.make(open)
  fill(world.machine.folder)
  const vaultId = await world.addVault()
  const { pointId } = await world.backup(vaultId)
  return { world, place: { vaultId, pointId } }
}

async function download(
  world: PointsWorld,
  place: Place,
  paths: readonly string[],
  format?: ArchiveFormat | 'file',
): Promise<ByteReply> {
  const path = paths.map((one) => byteStringFromText(`${world.machine.folder}/${one}`))
  const query = { path, ...(format === undefined ? {} : { format }) }
  return await world.points.download({ path: place, query, body: undefined }, world.as())
}

async function bytesOf({ content }: ByteReply): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part.slice())
  return Buffer.concat(parts)
}

/** Name → content, as GNU tar or Info-ZIP unpack it. */
function unpack(archive: Buffer, format: ArchiveFormat): ReadonlyMap<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-unpacked-'))
  try {
    if (format === 'tar.zst')
      execFileSync('tar', ['-x', '-C', folder], { input: zstdDecompressSync(archive) })
    else {
      writeFileSync(`${folder}.zip`, archive)
      execFileSync('python3', ['-m', 'zipfile', '-e', `${folder}.zip`, folder])
      rmSync(`${folder}.zip`)
    }
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    return new Map(
      names
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const path = join(entry.parentPath, entry.name)
          return [path.slice(folder.length + 1), readFileSync(path)]
        }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function downloadContract(open: OpenMachine): void {
  test('a file is sent as it is, with its length; folders as archives that other programs read (F8)', () =>
    sendsWhole(open))

  test('damaged content breaks a download off before its end, whatever the form (F8, A13)', () =>
    breaksOffDamaged(open))

  test('a download waits for its reader, and ends with it; the vault is given back', () =>
    waitsAndEnds(open))

  test('too many downloads at once are told to come back', () => limitsDownloads(open))

  test('what is downloaded and previewed is noted by instance and path (H6)', () =>
    notesPaths(open))

  test('one account does not take the downloads of all others (A22)', () => sharesDownloads(open))
}

function packFolder(store: object): string {
  const path: unknown = Reflect.get(store, 'path')
  assert(typeof path === 'string', 'the store is a folder')
  return path
}

/** One bit in the middle of every large pack. */
async function damagePacks(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.parentPath.includes('pack')) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    if (bytes.length < 1_000_000) continue
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    rmSync(path)
    writeFileSync(path, bytes)
  }
}

/** What was sent is no whole frame. */
function rejectsFrame(cut: Buffer): void {
  let isWhole = true
  try {
    zstdDecompressSync(cut)
  } catch (problem) {
    ok(problem instanceof Error)
    isWhole = false
  }
  equal(isWhole, false, 'a cut archive is not taken for a whole one')
}

async function sendsWhole(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const file = await download(world, place, ['docs/inner/large.bin'])
  deepEqual([file.length, file.fileName, file.media], [large.length, 'large.bin', undefined])
  ok((await bytesOf(file)).equals(large))
  for (const format of ['zip', 'tar.zst'] as const) {
    const reply = await download(
      world,
      place,
      ['docs', 'other/docs', 'other/docs/small.txt'],
      format,
    )
    equal(reply.length, undefined)
    const files = unpack(await bytesOf(reply), format)
    ok(files.get('docs/inner/large.bin')?.equals(large))
    equal(files.get('docs/small.txt')?.toString(), 'small')
    equal(files.get('docs (2)/small.txt')?.toString(), 'another')
    equal(files.get('small.txt')?.toString(), 'another')
    // zip cannot hold a pipe, and says so in the archive itself.
    const missing = files.get('NOT IN THIS ARCHIVE.txt')?.toString()
    if (format === 'zip') ok(missing?.includes('pipe'))
    else equal(missing, undefined)
  }
  await rejects(download(world, place, ['docs'], 'file'), { code: 'request.invalid' })
  await rejects(download(world, place, ['nothing']), { code: 'path.not-found' })
}

async function notesPaths(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const noted: object[] = []
  const as = () => ({ ...world.as(), note: (detail: object) => void noted.push(detail) })
  const [one, two] = ['docs/small.txt', 'other'].map((at) => `${world.machine.folder}/${at}`)
  ok(one !== undefined && two !== undefined)
  const file = { path: place, query: { path: byteStringFromText(one) }, body: undefined }
  await bytesOf(await world.points.preview(file, as()))
  const query = { path: [one, two].map(byteStringFromText) }
  await bytesOf(await world.points.download({ path: place, query, body: undefined }, as()))
  const { instanceId } = world
  deepEqual(noted, [
    { instanceId, pathCount: 1, paths: one },
    { instanceId, pathCount: 2, paths: `${one}\n${two}` },
  ])
}

async function breaksOffDamaged(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const { signal } = world.as()
  const { vault } = await world.gateway.host(place.vaultId, signal)
  const folder = packFolder(vault.ports.store)
  await damagePacks(folder)
  await world.gateway.drop(place.vaultId)
  const broken = { code: 'object.damaged' }
  const file = await download(world, place, ['docs/inner/large.bin'])
  let sent = 0
  await rejects(async () => {
    for await (const part of file.content) sent += part.length
  }, broken)
  ok(sent < large.length, `${sent} of ${large.length}`)
  for (const format of ['zip', 'tar.zst'] as const) {
    const reply = await download(world, place, ['docs'], format)
    const parts: Uint8Array[] = []
    await rejects(async () => {
      for await (const part of reply.content) parts.push(part.slice())
    }, broken)
    const cut = Buffer.concat(parts)
    if (format === 'zip') ok(!cut.includes(Buffer.from('PK\x05\x06')), 'no directory of the zip')
    else if (cut.length > 0) rejectsFrame(cut)
  }
}

async function waitsAndEnds(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  for (let at = 0; at < 40; at++) {
    const reply = await download(world, place, ['docs'], 'tar.zst')
    const source = reply.content[Symbol.asyncIterator]()
    await source.next()
    await source.return?.()
  }
  // More than may run at once have begun and ended, so each gave its place back.
  ok((await bytesOf(await download(world, place, ['docs'], 'zip'))).length > large.length)
  const gone = new AbortController()
  const context = { ...world.as(), signal: gone.signal }
  const path = [byteStringFromText(`${world.machine.folder}/docs`)]
  const call = { path: place, query: { path, format: 'zip' }, body: undefined } as const
  const reply = await world.points.download(call, context)
  const source = reply.content[Symbol.asyncIterator]()
  await source.next()
  gone.abort()
  await rejects(async () => {
    while ((await source.next()).done !== true);
  })
}

async function sharesDownloads(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const places = new DownloadPlaces()
  const { signal } = world.as()
  const enter = async (accountId: AccountId) =>
    await places.enter(world.kernel, { vaultId: place.vaultId, accountId }, signal)
  const taken: DownloadPlace[] = []
  const takeAll = async () => {
    for (;;) taken.push(await enter(world.accountId))
  }
  await rejects(takeAll, { code: 'server.busy' })
  const other = world.kernel.catalog.newId('account')
  await using _other = await enter(other)
  await taken.pop()?.[Symbol.asyncDispose]()
  await using _again = await enter(world.accountId)
  await rejects(enter(world.accountId), { code: 'server.busy' })
  for (const one of taken) await one[Symbol.asyncDispose]()
}

async function limitsDownloads(open: OpenMachine): Promise<void> {
  const { world, place } = await made(open)
  await using _ = world
  const begun: ByteReply[] = []
  await rejects(
    async () => {
      for (let at = 0; at < 100; at++) begun.push(await download(world, place, ['docs'], 'zip'))
    },
    { code: 'server.busy' },
  )
  ok(begun.length >= 4)
  for (const { content } of begun) {
    const source = content[Symbol.asyncIterator]()
    await source.next()
    await source.return?.()
  }
  await bytesOf(await download(world, place, ['docs/small.txt']))
}
