/**
 * A folder of a point, or a single entry, as an archive. What the format cannot hold and names that no file can have (A13)
 * are left out and reported; sockets are passed over, as in a restore. Damage ends the dump: an archive that looks whole and is not would be worse than none.
 */
import { type ByteString, byteString, bytesOf, displayName } from '#base'
import {
  childDirectoryKey,
  decodeExtras,
  decodeXattrs,
  type Entry,
  entryPath,
  guardTree,
  oneFileKey,
  type Point,
  type PointFailure,
} from '#engine'
import type { ArchiveEntry, ArchiveWriter, Reporter } from '#ports'
import type { ChunkReader } from '#vault'
import { entryOf, findEntry, getEntry, PointRows } from '../browse/point-rows.ts'
import { findKeyProblem, findNameProblem } from '../restore/hostile-names.ts'
import { FileContent } from './file-content.ts'

export type DumpRequest = {
  readonly point: Point
  /** Relative to the root of the point. */
  readonly path: ByteString
}

export type DumpOutcome = {
  readonly entries: number
  readonly bytes: number
  /** What was left out. */
  readonly failures: readonly PointFailure[]
}

/** Files of several names that are remembered; further ones are written in full. */
const linkedFilesMax = 200_000
const failuresMax = 10_000
const socketsToldMax = 20

type DumpPorts = {
  readonly reader: ChunkReader
  readonly archive: ArchiveWriter
  readonly reporter: Reporter
}

/** @throws path.not-found, object.damaged, object.missing, chunk.missing */
export async function dumpArchive(
  ports: DumpPorts,
  { point, path }: DumpRequest,
  signal: AbortSignal,
): Promise<DumpOutcome> {
  const { reader, archive } = ports
  const top =
    path === ''
      ? await findEntry(reader, point, path, signal)
      : await getEntry(reader, point, path, signal)
  const dump = new Dump(ports, signal)
  const isFolder = top === undefined || top.kind === 'directory'
  if (top !== undefined) await dump.take(top, isFolder ? ('' as ByteString) : top.name)
  if (isFolder) {
    const rows = new PointRows(reader, point, { path, recursive: true })
    const turns = new DirectoryTurns()
    const takeInside = (entry: Entry) => {
      const inside = entryPath(entry).slice(path === '' ? 0 : path.length + 1)
      return dump.take(entry, inside as ByteString)
    }
    while (await rows.load(signal)) {
      do {
        const entry = entryOf(rows.row)
        for (const directory of turns.enter(entry.dir)) await takeInside(directory)
        if (entry.kind === 'directory') turns.add(entry)
        else await takeInside(entry)
      } while (rows.advance())
    }
    for (const directory of turns.enter(undefined)) await takeInside(directory)
  }
  await archive.finish(signal)
  return dump.outcome
}

/**
 * The rows of a directory stand together, those of its subdirectories after them. In an archive a directory stands directly
 * before what is in it: tar sets the times of a directory when it meets the first entry outside, and would set them too early.
 */
class DirectoryTurns {
  /** Directories whose turn has not come, the next is the last. */
  readonly #waiting: Entry[] = []
  #here: Entry[] = []
  #dir: ByteString | undefined

  add(directory: Entry): void {
    // It may wait long after its block has left the cache, so it keeps bytes of its own.
    this.#here.push({ ...directory, extra: directory.extra.slice() })
  }

  /** The directories to be written before the entries of `dir` (in key form): itself, and empty ones passed on the way. */
  *enter(dir: ByteString | undefined): Iterable<Entry> {
    if (this.#dir === dir && dir !== undefined) return
    this.#dir = dir
    this.#waiting.push(...this.#here.reverse())
    this.#here = []
    for (let next = this.#waiting.at(-1); next !== undefined; next = this.#waiting.at(-1)) {
      const key = childDirectoryKey(next.dir, next.name)
      if (dir !== undefined && key > dir) return
      this.#waiting.pop()
      yield next
    }
  }
}

class Dump {
  readonly #ports: DumpPorts
  readonly #signal: AbortSignal
  readonly #linked = new Map<ByteString, ByteString>()
  readonly #failures: PointFailure[] = []
  #entries = 0
  #bytes = 0
  #sockets = 0

  constructor(ports: DumpPorts, signal: AbortSignal) {
    this.#ports = ports
    this.#signal = signal
  }

  get outcome(): DumpOutcome {
    return { entries: this.#entries, bytes: this.#bytes, failures: this.#failures }
  }

  async take(entry: Entry, path: ByteString): Promise<void> {
    const { archive, reader } = this.#ports
    if (path !== '') {
      const nameBytes = bytesOf(entry.name)
      const problem = findNameProblem(nameBytes, nameBytes.length) ?? findKeyProblem(entry.dir)
      if (problem !== undefined) return this.#leaveOut(path, `its name is hostile: ${problem}`)
    }
    if (entry.kind === 'socket') return this.#passSocket(path)
    const described = this.#describe(entry, path)
    const obstacle = archive.findObstacle(described)
    if (obstacle !== undefined) return this.#leaveOut(path, obstacle)
    const content =
      described.size === 0 ? nothing() : new FileContent(reader, entry).whole(this.#signal)
    await archive.add(described, content, this.#signal)
    this.#entries++
    this.#bytes += described.size
    this.#report(path)
  }

  #describe(entry: Entry, path: ByteString): ArchiveEntry {
    const { linkTarget, rdev, xattrs } = decodeExtras(entry.extra)
    const hardLinkTo = this.#earlierName(entry, path)
    const { kind, mode, uid, gid, user, group, mtimeSec, mtimeNsec } = entry
    return {
      path,
      kind,
      mode,
      uid,
      gid,
      user,
      group,
      mtimeSec,
      mtimeNsec,
      size: kind === 'file' && hardLinkTo === undefined ? entry.size : 0,
      linkTarget: linkTarget === undefined ? undefined : byteString(linkTarget),
      hardLinkTo,
      rdev,
      xattrs: xattrs === undefined ? [] : guardTree(() => decodeXattrs(xattrs)),
    }
  }

  /** The name under which the file stands in the archive already. */
  #earlierName(entry: Entry, path: ByteString): ByteString | undefined {
    const { archive, reader } = this.#ports
    if (entry.kind !== 'file' || !archive.keepsHardLinks) return undefined
    const { ports, keys } = reader.vault
    const file = oneFileKey({ cipher: ports.cipher, keys }, entry)
    if (file === undefined) return undefined
    const earlier = this.#linked.get(file)
    if (earlier === undefined && this.#linked.size < linkedFilesMax) this.#linked.set(file, path)
    return earlier
  }

  /** B5: recorded in points and made by nobody but its server, so that an archive without it lacks nothing. */
  #passSocket(path: ByteString): void {
    this.#sockets++
    if (this.#sockets > socketsToldMax) return
    this.#ports.reporter.notice(`${displayName(path)}: not in the archive: a socket`)
  }

  #leaveOut(path: ByteString, detail: string): void {
    const problem: PointFailure = { path, reason: 'unsupported', detail }
    if (this.#failures.length < failuresMax) this.#failures.push(problem)
    this.#ports.reporter.failure(problem)
  }

  #report(path: ByteString): void {
    this.#ports.reporter.progress({
      phase: 'dump',
      filesDone: this.#entries,
      filesTotal: undefined,
      bytesDone: this.#bytes,
      bytesTotal: undefined,
      storedBytes: 0,
      path,
    })
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}
