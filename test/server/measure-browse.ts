// Looks around in a point of a million entries and tells how long pages take. By hand:
//   TMPDIR=/dev/shm node test/server/measure-browse.ts [entries]
// The handlers of the API with the real gateway and a real vault in a folder, answers written as they go over the wire.
import { systemClock } from '#adapters/clock'
import { type ByteString, byteStringFromText } from '#base'
import { routes, type VaultId, writeAnswer } from '#contract'
import { type Entry, encodeExtras, type LeafItem } from '#engine'
import {
  type MadePoint,
  PointsWorld,
} from '../../src/server/services/points/points-world.contract.ts'
import { openRealMachine } from './real-machine.ts'

const entries = Number(process.argv[2] ?? 1_000_000)
const perFolder = 400
const flat = Math.min(100_000, Math.floor(entries / 5))
/** As many as the console asks for. */
const pageItems = 200
const folders = Math.floor((entries - flat) / perFolder)
const noExtras = encodeExtras({})
/** Cursors of the pages of a folder, as they are met. */
const known = new Map<string, (string | undefined)[]>()

await using world = await PointsWorld.make(openRealMachine)
const vaultId: VaultId = await world.addVault()
const began = performance.now()
const before = await world.plant(vaultId, items(0))
console.log(`${before.known.point.tree.base.sums.entries} entries planted in ${seconds(began)}`)
const after = await world.plant(vaultId, items(1))
const overlaid = await world.plant(vaultId, overlay(), { known: before.known, rows: 2_000 })
const points = world.pointsBy(systemClock())

for (const point of [before, overlaid]) {
  console.log(point === before ? 'one tree' : 'with an overlay of 2,000 rows')
  const pick = (n: number) => `/srv/d${pad((n * 7919) % folders)}`
  await measure('open a folder', 600, (n) => browse(point, pick(n), pageItems))
  await measure('open a folder, 50', 300, (n) => browse(point, pick(n), 50))
  await measure('open a folder, 500', 300, (n) => browse(point, pick(n), 500))
  await walk(`a folder of ${flat} files, page by page`, (cursor) =>
    browseAt(point, '/srv/flat', pageItems, cursor),
  )
  await walk(`the ${folders} folders of the root, page by page`, (cursor) =>
    browseAt(point, '/srv', pageItems, cursor),
  )
  await measure(`a folder of ${flat} files, 500`, 100, (n) =>
    browse(point, '/srv/flat', 500, n % 50),
  )
}
await walk('search for one file in a million', (cursor) => search('*needle-77*', cursor))
await walk('search, one in 400', (cursor) => search('file-7.txt', cursor))
await walk('search by an absolute path', (cursor) => search('/srv/d000010/*7*', cursor))
await walk('search by size only: 3 in 1,000', (cursor) => search('*', cursor, { sizeMin: 1_997 }))
await walk('search by kind only: folders', (cursor) => search('*', cursor, { kind: 'directory' }))
await walk('search in all points of the instance', (cursor) => searchAll('*needle-77*', cursor))
await walk('what changed (2,000 of a million)', (cursor) => diff(overlaid, before, cursor))
await walk('what changed (all times differ)', (cursor) => diff(after, before, cursor), 40)
await measure('history of a file', 100, (n) =>
  points.fileHistory(
    {
      path: { instanceId: world.instanceId },
      query: { path: byteStringFromText(`/srv/d${pad(n)}/file-7.txt`) },
      body: undefined,
    },
    world.as(),
  ),
)

function* items(shift: number): Iterable<LeafItem> {
  yield itemOf('', '', 'directory', shift)
  for (let d = 0; d < folders; d++) yield itemOf('', `d${pad(d)}`, 'directory', shift)
  yield itemOf('', 'flat', 'directory', shift)
  const names = Array.from({ length: perFolder }, (_, f) => `file-${f}.txt`).sort()
  for (let d = 0; d < folders; d++)
    for (const name of names) yield itemOf(`d${pad(d)}\0`, name, 'file', shift)
  for (let f = 0; f < flat; f++)
    yield itemOf('flat\0', f === 77 ? `n${pad(f)}-needle-77` : `n${pad(f)}`, 'file', shift)
}

function* overlay(): Iterable<LeafItem> {
  for (let d = 0; d < 2_000 && d < folders; d++) {
    const item = itemOf(`d${pad(d)}\0`, 'file-7.txt', 'file', 5)
    yield { ...item, replacesBytes: 1_007 }
  }
}

function itemOf(
  dir: string,
  name: string,
  kind: Entry['kind'],
  shift: number,
): LeafItem & { kind: 'entry' } {
  const number = Number(/\d+/.exec(name)?.[0] ?? 0) % 1_000
  const entry: Entry = {
    dir: dir as ByteString,
    name: name as ByteString,
    kind,
    mode: 0o644,
    uid: 1_000,
    gid: 1_000,
    user: 'me',
    group: 'me',
    nlink: 1,
    size: kind === 'file' ? 1_000 + number : 0,
    mtimeSec: 1_700_000_000 + number + shift,
    mtimeNsec: number * 1_000,
    ctimeSec: 1_700_000_000,
    ctimeNsec: 0,
    inoLow: number,
    inoHigh: 0,
    inconsistent: false,
    extra: noExtras,
  }
  return { kind: 'entry', entry, replacesBytes: undefined }
}

/** The page after `skip` others, which are not counted. */
async function browse(point: MadePoint, path: string, limit: number, skip = 0) {
  const key = `${point.pointId} ${path} ${limit}`
  const cursors = known.get(key) ?? [undefined]
  known.set(key, cursors)
  const at = Math.min(skip, cursors.length - 1)
  const cursor = cursors[at]
  const answer = await browseAt(point, path, limit, cursor)
  if (answer.next !== undefined && cursors.length === at + 1) cursors.push(answer.next)
  return answer
}

async function browseAt(point: MadePoint, path: string, limit: number, cursor: string | undefined) {
  const query = { path: byteStringFromText(path), limit, cursor }
  const call = { path: { vaultId, pointId: point.pointId }, query, body: undefined }
  const answer = await points.browse(call, world.as())
  JSON.stringify(writeAnswer(routes.points.browse, answer))
  return answer
}

async function search(pattern: string, cursor: string | undefined, more: object = {}) {
  const path = { vaultId, pointId: before.pointId }
  const query = { pattern, limit: 100, cursor, ...more }
  return await points.search({ path, query, body: undefined }, world.as())
}

async function searchAll(pattern: string, cursor: string | undefined) {
  const path = { instanceId: world.instanceId }
  return await points.searchInstance(
    { path, query: { pattern, cursor }, body: undefined },
    world.as(),
  )
}

async function diff(now: MadePoint, since: MadePoint, cursor: string | undefined) {
  const path = { vaultId, pointId: now.pointId }
  const query = { since: since.pointId, limit: 500, cursor }
  return await points.diff({ path, query, body: undefined }, world.as())
}

async function measure(what: string, times: number, work: (n: number) => Promise<unknown>) {
  const took: number[] = []
  for (let n = 0; n < times; n++) {
    const from = performance.now()
    await work(n)
    took.push(performance.now() - from)
  }
  tell(what, took)
}

async function walk(
  what: string,
  page: (
    cursor: string | undefined,
  ) => Promise<{ items: readonly unknown[]; next?: string | undefined }>,
  pagesMax = 10_000,
) {
  const took: number[] = []
  let found = 0
  for (let cursor: string | undefined, at = 0; at < pagesMax; at++) {
    const from = performance.now()
    const answer = await page(cursor)
    took.push(performance.now() - from)
    found += answer.items.length
    cursor = answer.next
    if (cursor === undefined) break
  }
  const all = took.reduce((sum, ms) => sum + ms, 0)
  tell(`${what}: ${found} found in ${took.length} pages, ${Math.round(all)} ms`, took)
}

function tell(what: string, took: readonly number[]): void {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  console.log(`  ${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`)
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`
}

function pad(number: number): string {
  return String(number).padStart(6, '0')
}
