/**
 * The export of a catalog as text: JSON, one value a line, the same whichever database it came from.
 *
 *     {"holdfast":"catalog export","format":1,"schema":10,"exportedAt":1790000000000}
 *     ["accounts",{"id":"acc…","name":"home",…}]          bytes are {"base64":"…"}
 *     {"rows":123,"sha256":"…","sealed":"…"}
 *
 * The end has the hash of all lines before it, wrapped by the server's master key: what anybody else wrote, or cut off, is
 * refused. A catalog decides who may sign in, so it is never taken from a point that an agent made.
 */
import { createHash } from 'node:crypto'
import { failure, isFailure } from '#base'
import { isDigest, parseJson } from './json-lines.ts'

export type StoredValue = string | number | null | Uint8Array
export type StoredRow = Readonly<Record<string, StoredValue>>

export type ExportHead = {
  /** Number of the newest migration that the catalog had. */
  readonly schema: number
  readonly exportedAt: number
}

/** The master key, as far as it is needed here. */
export type ExportSeal = {
  wrap(bytes: Uint8Array, context: string): Promise<Uint8Array>
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>
}

const format = 1
const title = 'catalog export'
const sealContext = 'catalog export'

export async function* encodeExport(
  head: ExportHead,
  rows: AsyncIterable<readonly [table: string, row: StoredRow]>,
  seal: ExportSeal,
): AsyncIterable<string> {
  const hash = createHash('sha256')
  const line = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    return text
  }
  yield line({ holdfast: title, format, ...head })
  let count = 0
  for await (const [table, row] of rows) {
    count++
    yield line([table, writeRow(row)])
  }
  const digest = hash.digest()
  const sealed = await seal.wrap(new Uint8Array(digest), sealContext)
  yield `${JSON.stringify({ rows: count, sha256: digest.toString('hex'), sealed: base64(sealed) })}\n`
}

export type ReadExport = {
  readonly head: ExportHead
  /** Throws at its end when the document is not whole or not ours: what was read counts only after it. */
  readonly rows: AsyncIterable<readonly [table: string, row: StoredRow]>
  /** Lets go of what it is read from, for whoever does not read to the end. */
  readonly close: () => Promise<void>
}

/** @throws export.damaged, server-keys.*, and catalog.newer for one of a newer program */
export async function decodeExport(
  lines: AsyncIterable<string>,
  seal: ExportSeal,
): Promise<ReadExport> {
  const iterator = lines[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) throw damaged('it is empty')
  const head = readHead(first.value)
  const close = async () => {
    await iterator.return?.()
  }
  return { head, rows: readRows(iterator, first.value, seal), close }
}

function readHead(text: string): ExportHead {
  const { holdfast, format: found, schema, exportedAt } = recordOf(parseJson(text))
  if (holdfast !== title) throw damaged('it does not begin as an export does')
  if (found !== format) throw failure('catalog.newer', { found: String(found), known: format })
  const isHead = Number.isSafeInteger(schema) && Number.isSafeInteger(exportedAt)
  if (!isHead) throw damaged('its beginning is unreadable')
  return { schema: Number(schema), exportedAt: Number(exportedAt) }
}

async function* readRows(
  lines: AsyncIterator<string>,
  first: string,
  seal: ExportSeal,
): AsyncIterable<readonly [string, StoredRow]> {
  const hash = createHash('sha256').update(`${first}\n`)
  let count = 0
  for (;;) {
    const next = await lines.next()
    if (next.done === true) throw damaged('its end is missing')
    const value = parseJson(next.value)
    if (!Array.isArray(value)) {
      await checkEnd(recordOf(value), { digest: hash.digest(), count }, seal)
      const rest = await lines.next()
      if (rest.done !== true) throw damaged('something follows its end')
      return
    }
    hash.update(`${next.value}\n`)
    count++
    const [table, row]: readonly unknown[] = value
    if (typeof table !== 'string') throw damaged('a row has no table')
    yield [table, readRow(recordOf(row))]
  }
}

async function checkEnd(
  { rows, sha256, sealed }: Readonly<Record<string, unknown>>,
  found: { readonly digest: Uint8Array; readonly count: number },
  seal: ExportSeal,
): Promise<void> {
  const text = Buffer.from(found.digest).toString('hex')
  if (rows !== found.count || sha256 !== text) throw damaged('its content was changed')
  if (typeof sealed !== 'string') throw damaged('it bears no seal')
  const digest = await openSeal(seal, Uint8Array.from(Buffer.from(sealed, 'base64')))
  if (!isDigest(digest, found.digest)) throw damaged('its seal belongs to another')
}

async function openSeal(seal: ExportSeal, sealed: Uint8Array): Promise<Uint8Array> {
  try {
    return await seal.unwrap(sealed, sealContext)
  } catch (problem) {
    if (isFailure(problem, 'server-keys.damaged'))
      throw failure('export.damaged', { problem: 'its seal does not open' }, problem)
    throw problem
  }
}

function writeRow(row: StoredRow): Readonly<Record<string, unknown>> {
  const written = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? { base64: base64(value) } : value,
  ])
  return Object.fromEntries(written)
}

function readRow(fields: Readonly<Record<string, unknown>>): StoredRow {
  const read = Object.entries(fields).map(([name, value]): [string, StoredValue] => {
    if (value === null || typeof value === 'string') return [name, value]
    if (typeof value === 'number' && Number.isSafeInteger(value)) return [name, value]
    const { base64: text } = recordOf(value)
    if (typeof text !== 'string') throw damaged(`a row has an unreadable ${name}`)
    return [name, Uint8Array.from(Buffer.from(text, 'base64'))]
  })
  return Object.fromEntries(read)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('a line is not what it must be')
  return Object.fromEntries(Object.entries(value))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function damaged(problem: string): Error {
  return failure('export.damaged', { problem })
}
