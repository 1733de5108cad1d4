/**
 * A folder in memory, and the socket through which the real restore fills it: what the hands of the product do with system
 * calls. Every task is a turn, so a restore dies between any two of them; what has its final name then stays.
 */
import { assert, type ByteString, byteString, equalBytes } from '#base'
import {
  type Cipher,
  chunkIdOf,
  decodeExtras,
  type EntryKind,
  openBlock,
  type VaultKeys,
} from '#engine'
import {
  type OpenedFile,
  type OpenTarget,
  RecordReader,
  RefTable,
  type RunOptions,
  type Standing,
  standings,
  type TargetIdentity,
  type TargetOutcome,
  type TargetProblem,
  type TargetRequest,
  type TargetTaskKind,
  type TargetTasks,
  type TargetTree,
  type WindowEntries,
} from '#ports'

export type TargetNode = {
  readonly ino: bigint
  readonly kind: EntryKind
  /** Of a link: where it leads. */
  content: Uint8Array
  mode: number
  mtimeSec: number
  mtimeNsec: number
}

/** Paths with slashes, '' for the folder itself. */
export type TargetFolder = Map<ByteString, TargetNode>

type Parts = {
  readonly folder: TargetFolder
  readonly cipher: Cipher
  readonly keys: VaultKeys
  readonly turn: () => Promise<void>
}

type Ask<K extends TargetTaskKind> = TargetTasks[K]['ask']
type Answer<K extends TargetTaskKind> = TargetTasks[K]['answer']

export class MemoryTarget implements TargetTree {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async open(request: TargetRequest): Promise<OpenTarget> {
    assert(request.roots.length === 1, 'a folder in memory is one root')
    return new OpenFolder(this.#parts)
  }
}

class OpenFolder implements OpenTarget {
  readonly inFlightMax = 2
  readonly notices = []
  readonly #parts: Parts
  /** Opened files under their temporary names. */
  readonly #opened = new Map<number, Uint8Array>()
  #next = 1

  constructor(parts: Parts) {
    this.#parts = parts
  }

  memory(bytes: number): Uint8Array {
    return new Uint8Array(bytes)
  }

  expectMuch(): void {}

  async [Symbol.asyncDispose](): Promise<void> {}

  async run<K extends TargetTaskKind>(kind: K, ask: Ask<K>, _: RunOptions): Promise<Answer<K>> {
    await this.#parts.turn()
    return this.#hands[kind](ask)
  }

  readonly #hands: { readonly [K in TargetTaskKind]: (ask: Ask<K>) => Answer<K> } = {
    makeDirectories: ({ paths }) => ({
      facts: paths.map((path) => {
        const there = this.#find(path)
        assert(
          there === undefined || there.kind === 'directory',
          'no file is called as a folder is',
        )
        if (there !== undefined) return 'found'
        this.#parts.folder.set(path, this.#newNode('directory'))
        return 'made'
      }),
      problems: [],
    }),
    finishDirectories: ({ directories }) => {
      for (const { path, mode, mtimeSec, mtimeNsec } of directories)
        Object.assign(this.#get(path), { mode, mtimeSec, mtimeNsec })
      return done()
    },
    examine: ({ records, at, rename }) => {
      assert(!rename, 'here nothing is restored beside what is there')
      const reader = new RecordReader(records)
      const codes = Uint8Array.from(at, (record) =>
        standings.indexOf(this.#standingOf(reader, record)),
      )
      const shared = Uint8Array.from(at, (record) => (this.#isShared(reader, record) ? 1 : 0))
      return { standings: codes, suffixes: new Uint32Array(at.length), shared, problems: [] }
    },
    placeEntries: (ask) =>
      this.#each(ask, (reader, record) => {
        const { inline, linkTarget } = decodeExtras(reader.extra(record))
        const isLink = reader.kind(record) === 'symlink'
        return this.#place(reader, record, (isLink ? linkTarget : inline) ?? new Uint8Array())
      }),
    placeBlocks: (ask) => this.#placeBlocks(ask),
    refreshEntries: (ask) =>
      this.#each(ask, (reader, record) => {
        const node = this.#get(reader.path(record))
        if (reader.kind(record) === 'file' && this.#namesOf(node) === 1)
          Object.assign(node, metadataOf(reader, record))
        return undefined
      }),
    openFiles: ({ at }) => ({
      files: Array.from(at, (): OpenedFile => {
        const fd = this.#next++
        this.#opened.set(fd, new Uint8Array())
        return { fd, temporary: byteString(new Uint8Array([fd & 255])), shortfalls: [] }
      }),
      problems: [],
    }),
    compareFile: (ask) => this.#compare(ask),
    completeFile: ({ records, record, file, size }) => {
      const content = new Uint8Array(size)
      content.set(this.#written(file.fd).subarray(0, size))
      this.#opened.delete(file.fd)
      return this.#each({ root: 0, records, at: new Uint32Array([record]) }, (reader) =>
        this.#place(reader, record, content),
      )
    },
    discardFile: ({ file }) => {
      this.#opened.delete(file.fd)
      return undefined
    },
    linkFiles: ({ links }) => {
      const problems: TargetProblem[] = []
      for (const [record, { path, source, identity, placing }] of links.entries()) {
        const node = this.#find(source)
        if (node?.ino !== identity.ino) problems.push(refused(record, 'it is another file by now'))
        else if (placing === 'new' && this.#find(path) !== undefined)
          problems.push(refused(record, 'something stands there'))
        else this.#parts.folder.set(path, node)
      }
      return { ...done(), problems }
    },
    listRoot: () =>
      [...this.#parts.folder.keys()].filter((path) => path !== '' && !path.includes('/')),
    sync: () => undefined,
  }

  #each(
    { records, at }: WindowEntries,
    work: (reader: RecordReader, record: number) => TargetIdentity | undefined | TargetProblem,
  ): TargetOutcome {
    const reader = new RecordReader(records)
    const problems: TargetProblem[] = []
    const identities: (TargetIdentity & { readonly record: number })[] = []
    for (const record of at) {
      const answer = work(reader, record)
      if (answer === undefined) continue
      if ('code' in answer) problems.push(answer)
      else identities.push({ record, ...answer })
    }
    return { problems, shortfalls: [], identities }
  }

  /** An entry gets its name. @returns who it is, where that is asked for */
  #place(
    reader: RecordReader,
    record: number,
    content: Uint8Array,
  ): TargetIdentity | TargetProblem | undefined {
    const path = reader.path(record)
    const kind = reader.kind(record)
    if (kind === 'file' && content.length !== reader.size(record))
      return refused(record, 'it has not the size that it should have')
    if (!reader.isReplacing(record) && this.#find(path) !== undefined)
      return refused(record, 'something stands there')
    const node = { ...this.#newNode(kind), content: content.slice(), ...metadataOf(reader, record) }
    this.#parts.folder.set(path, node)
    return reader.isIdentified(record) ? { dev: 1n, ino: node.ino } : undefined
  }

  #placeBlocks(ask: Ask<'placeBlocks'>): TargetOutcome {
    const { cipher, keys } = this.#parts
    const reader = new RecordReader(ask.records)
    const refs = new RefTable(ask.refs)
    const problems: TargetProblem[] = []
    const identities: (TargetIdentity & { readonly record: number })[] = []
    let next = 0
    for (const [number, sealed] of ask.sealed.entries()) {
      const rows = ask.rows.subarray(next, next + (ask.counts[number] ?? 0))
      next += rows.length
      const chunks = orDamaged(() =>
        openBlock(cipher, keys, { kind: 'data', sealed, object: ask.object }),
      )
      for (const row of rows) {
        const record = refs.record(row)
        const chunk = chunks?.[refs.ordinal(row)]
        const isGood =
          chunk !== undefined && equalBytes(chunkIdOf(cipher, keys, chunk), refs.id(row))
        const answer = isGood
          ? this.#put({ reader, refs, row }, chunk)
          : damaged(record, ask.object)
        if (answer !== undefined && 'code' in answer) {
          problems.push(answer)
          refs.settle(row, 'failed', 0)
        } else if (answer !== undefined) identities.push({ record, ...answer })
      }
    }
    return { problems, shortfalls: [], identities }
  }

  #put(
    { reader, refs, row }: { reader: RecordReader; refs: RefTable; row: number },
    chunk: Uint8Array,
  ): TargetIdentity | TargetProblem | undefined {
    const fd = refs.file(row)
    if (fd === undefined) {
      const answer = this.#place(reader, refs.record(row), chunk)
      refs.settle(row, 'written', 0)
      return answer
    }
    this.#write(fd, chunk, refs.position(row))
    refs.settle(row, 'written', this.#parts.cipher.crc32(chunk, 0))
    return undefined
  }

  #compare({ path, pieces, into }: Ask<'compareFile'>): Answer<'compareFile'> {
    const { cipher, keys } = this.#parts
    const node = this.#find(path)
    if (node?.kind !== 'file') return undefined
    const equal = pieces.map(({ id, position, bytes }) => {
      const stretch = node.content.subarray(position, position + bytes)
      if (stretch.length !== bytes || !equalBytes(chunkIdOf(cipher, keys, stretch), id))
        return undefined
      if (into !== undefined) this.#write(into, stretch, position)
      return cipher.crc32(stretch, 0)
    })
    return { equal, size: node.content.length, identity: { dev: 1n, ino: node.ino } }
  }

  #write(fd: number, bytes: Uint8Array, position: number): void {
    const before = this.#written(fd)
    const content = new Uint8Array(Math.max(before.length, position + bytes.length))
    content.set(before)
    content.set(bytes, position)
    this.#opened.set(fd, content)
  }

  #written(fd: number): Uint8Array {
    const content = this.#opened.get(fd)
    assert(content !== undefined, 'only an opened file is written')
    return content
  }

  #standingOf(reader: RecordReader, record: number): Standing {
    const node = this.#find(reader.path(record))
    const facts = reader.facts(record)
    if (node === undefined) return 'absent'
    if (node.kind === 'directory') return 'directory'
    if (node.kind !== reader.kind(record)) return 'other'
    const order = node.mtimeSec - facts.mtimeSec || node.mtimeNsec - facts.mtimeNsec
    if (order !== 0) return order < 0 ? 'older' : 'newer'
    if (node.kind === 'file') return node.content.length === facts.size ? 'same' : 'differing'
    const { linkTarget = new Uint8Array() } = decodeExtras(reader.extra(record))
    return equalBytes(linkTarget, node.content) ? 'same' : 'differing'
  }

  #isShared(reader: RecordReader, record: number): boolean {
    const node = this.#find(reader.path(record))
    if (node?.kind !== 'file' || this.#namesOf(node) === 1) return false
    const { mode, mtimeSec, mtimeNsec } = metadataOf(reader, record)
    return node.mode !== mode || node.mtimeSec !== mtimeSec || node.mtimeNsec !== mtimeNsec
  }

  #namesOf(node: TargetNode): number {
    return [...this.#parts.folder.values()].filter((other) => other === node).length
  }

  #newNode(kind: EntryKind): TargetNode {
    const ino = BigInt(this.#parts.folder.size * 1000 + this.#next++)
    return { ino, kind, content: new Uint8Array(), mode: 0, mtimeSec: 0, mtimeNsec: 0 }
  }

  #find(path: ByteString): TargetNode | undefined {
    return this.#parts.folder.get(path)
  }

  #get(path: ByteString): TargetNode {
    const node = this.#find(path)
    assert(node !== undefined, 'what is finished was made')
    return node
  }
}

function metadataOf(reader: RecordReader, record: number) {
  const { mode, mtimeSec, mtimeNsec } = reader.facts(record)
  return { mode, mtimeSec, mtimeNsec }
}

function done(): TargetOutcome {
  return { problems: [], shortfalls: [], identities: [] }
}

function refused(record: number, detail: string): TargetProblem {
  return { record, code: 'target.refused', detail }
}

function damaged(record: number, object: string): TargetProblem {
  return { record, code: 'object.damaged', detail: `${object}: a chunk is not what it must be` }
}

function orDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem) return undefined
    throw problem
  }
}
