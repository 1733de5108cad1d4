/**
 * Several files and folders of a point in one archive, each in its place at the top. What cannot be in it, and what the
 * backup could not read, stands in a text in the archive itself: whoever opens it learns that something is missing.
 */
import { type ByteString, displayName } from '#base'
import type { PointFailure } from '#engine'
import { dumpArchive, isWithin, listFailures } from '#jobs'
import { type ArchiveEntry, type ArchiveWriter, silentReporter } from '#ports'
import { missingName } from './archive-names.ts'
import type { DownloadItem } from './download.ts'
import type { OpenPoint } from './open-point.ts'

/** Further ones are counted. */
const toldMax = 2_000

export class DownloadArchive {
  readonly #opened: OpenPoint
  readonly #writer: ArchiveWriter
  readonly #missing: string[] = []
  #missingCount = 0

  constructor(opened: OpenPoint, writer: ArchiveWriter) {
    this.#opened = opened
    this.#writer = writer
  }

  /** @throws object.damaged, object.missing, chunk.missing: the archive is then not ended */
  async write(
    items: readonly DownloadItem[],
    names: readonly ByteString[],
    signal: AbortSignal,
  ): Promise<undefined> {
    const { reading, known } = this.#opened
    for (const [number, { path, entry }] of items.entries()) {
      const name = names[number] ?? missingName
      const isFolder = entry === undefined || entry.kind === 'directory'
      const archive = new PlacedWriter(this.#writer, isFolder ? name : undefined, name)
      const ports = { reader: reading.reader, archive, reporter: silentReporter }
      const { failures } = await dumpArchive(ports, { point: known.point, path }, signal)
      for (const problem of failures) this.#tell(problem)
      await this.#tellGaps(path, signal)
    }
    await this.#writeMissing(signal)
    await this.#writer.finish(signal)
  }

  /** What the backup itself could not read. */
  async #tellGaps(path: ByteString, signal: AbortSignal): Promise<void> {
    const { reading, known, paths } = this.#opened
    if (known.point.failureCount === 0) return
    const here =
      path === ''
        ? undefined
        : paths.sourceDirectory(`${path.replaceAll('/', '\0')}\0` as ByteString)
    for await (const list of listFailures(reading.reader, known.point, signal))
      for (const problem of list)
        if (here === undefined || isWithin(problem.path, here)) this.#tell(problem)
  }

  #tell({ path, reason, detail }: PointFailure): void {
    this.#missingCount++
    if (this.#missing.length >= toldMax) return
    const what = reason === 'changed' ? 'changed while it was read' : reason
    this.#missing.push(`${displayName(path)}: ${what}${detail === '' ? '' : ` (${detail})`}`)
  }

  async #writeMissing(signal: AbortSignal): Promise<void> {
    if (this.#missingCount === 0) return
    const more = this.#missingCount - this.#missing.length
    const lines = more === 0 ? this.#missing : [...this.#missing, `and ${more} more`]
    const text = new TextEncoder().encode(`${lines.join('\n')}\n`)
    const entry: ArchiveEntry = {
      path: missingName,
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      user: '',
      group: '',
      mtimeSec: Math.floor(this.#opened.known.point.createdAt / 1000),
      mtimeNsec: 0,
      size: text.length,
      linkTarget: undefined,
      hardLinkTo: undefined,
      rdev: undefined,
      xattrs: [],
    }
    await this.#writer.add(entry, once(text), signal)
  }
}

/** Puts what it is given below a folder, or one file under another name, and leaves the end to whoever writes it all. */
class PlacedWriter implements ArchiveWriter {
  readonly #writer: ArchiveWriter
  readonly #folder: ByteString | undefined
  readonly #fileName: ByteString

  constructor(writer: ArchiveWriter, folder: ByteString | undefined, fileName: ByteString) {
    this.#writer = writer
    this.#folder = folder
    this.#fileName = fileName
  }

  get keepsHardLinks(): boolean {
    return this.#writer.keepsHardLinks
  }

  findObstacle(entry: ArchiveEntry): string | undefined {
    return this.#writer.findObstacle(this.#placed(entry))
  }

  async add(
    entry: ArchiveEntry,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#writer.add(this.#placed(entry), content, signal)
  }

  async finish(): Promise<void> {}

  #placed(entry: ArchiveEntry): ArchiveEntry {
    const { hardLinkTo } = entry
    return {
      ...entry,
      path: this.#place(entry.path),
      hardLinkTo: hardLinkTo === undefined ? undefined : this.#place(hardLinkTo),
    }
  }

  #place(path: ByteString): ByteString {
    if (this.#folder === undefined) return this.#fileName
    return (path === '' ? this.#folder : `${this.#folder}/${path}`) as ByteString
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
