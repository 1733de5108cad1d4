/**
 * The control servers that `holdfast login` keeps: `servers.json` beside the config file. It holds tokens, so nobody else
 * may read it; it is replaced as a whole, so a crash leaves the old one or the new one.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failure } from '#base'
import { configPath } from '../config-file.ts'
import { errnoText, findExposure, findFile } from '../files.ts'
import type { Machine } from '../machine.ts'
import { parseFingerprint, parseServerAddress } from './server-address.ts'

export type SavedServer = {
  readonly name: string
  readonly address: string
  /** SHA-256 of its certificate in hexadecimal; absent: the authorities of the system vouch for it. */
  readonly fingerprint?: string
  readonly token: string
  /** Of a token that `login` made. */
  readonly tokenId?: string
  readonly email?: string
}

export type ServerBook = {
  readonly path: string
  readonly servers: readonly SavedServer[]
  readonly default: string | undefined
}

export const serverName = /^[\w.-]{1,64}$/

export function serverBookPath(machine: Pick<Machine, 'environment' | 'homeFolder'>): string {
  return join(dirname(configPath(machine)), 'servers.json')
}

/** @throws config.malformed */
export async function readServerBook(machine: Machine): Promise<ServerBook> {
  const path = serverBookPath(machine)
  const bytes = await findFile(path)
  return bytes === undefined
    ? { path, servers: [], default: undefined }
    : parseServerBook(bytes.toString('utf8'), path)
}

/** A warning when others can read the tokens. */
export async function findBookExposure({ path }: ServerBook): Promise<string | undefined> {
  return await findExposure(path)
}

/** @throws config.malformed, naming the file and the key */
export function parseServerBook(text: string, path: string): ServerBook {
  const refuse = (problem: string, cause?: unknown) =>
    failure('config.malformed', { path, problem }, cause)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (problem) {
    throw refuse(`it is not JSON (${String(problem)})`, problem)
  }
  const top = recordOf(value, 'it', refuse)
  const servers = Object.entries(recordOf(top['servers'] ?? {}, 'servers', refuse)).map(
    ([name, item]) => parseServer(name, item, refuse),
  )
  const chosen = top['default']
  if (chosen !== undefined && !servers.some(({ name }) => name === chosen))
    throw refuse('default does not name one of the servers')
  return { path, servers, default: typeof chosen === 'string' ? chosen : undefined }
}

export function formatServerBook(book: ServerBook): string {
  const servers = Object.fromEntries(
    book.servers.map(({ name, fingerprint, ...rest }) => [
      name,
      { ...rest, ...(fingerprint === undefined ? {} : { fingerprint: `sha256:${fingerprint}` }) },
    ]),
  )
  const chosen = book.default === undefined ? {} : { default: book.default }
  return `${JSON.stringify({ servers, ...chosen }, null, 2)}\n`
}

/** Durable on return. @throws file.unusable */
export async function writeServerBook(book: ServerBook): Promise<void> {
  const { path } = book
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(formatServerBook(book))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (problem) {
    await rm(draft, { force: true })
    throw failure('file.unusable', { path, problem: errnoText(problem) }, problem)
  }
}

export function withServer(book: ServerBook, server: SavedServer, isDefault: boolean): ServerBook {
  const others = book.servers.filter(({ name }) => name !== server.name)
  const chosen = isDefault || book.default === undefined ? server.name : book.default
  return { ...book, servers: [...others, server], default: chosen }
}

export function withoutServer(book: ServerBook, name: string): ServerBook {
  const servers = book.servers.filter((server) => server.name !== name)
  const chosen = book.default === name ? servers[0]?.name : book.default
  return { ...book, servers, default: chosen }
}

type Refuse = (problem: string, cause?: unknown) => Error

const knownKeys = ['address', 'fingerprint', 'token', 'tokenId', 'email'] as const

function parseServer(name: string, item: unknown, refuse: Refuse): SavedServer {
  if (!serverName.test(name))
    throw refuse(`"${name}" is no name: 1 to 64 letters, digits, ".", "_", "-"`)
  const where = `servers.${name}`
  const fields = recordOf(item, where, refuse)
  const unknown = Object.keys(fields).find((key) => !knownKeys.some((known) => known === key))
  if (unknown !== undefined) throw refuse(`it has the unknown key ${where}.${unknown}`)
  const text = (key: (typeof knownKeys)[number]) => {
    const value = fields[key]
    if (value === undefined || typeof value === 'string') return value
    throw refuse(`${where}.${key} is no text`)
  }
  const [address, token, fingerprint] = [text('address'), text('token'), text('fingerprint')]
  const [tokenId, email] = [text('tokenId'), text('email')]
  if (address === undefined || token === undefined)
    throw refuse(`${where} needs an address and a token`)
  return {
    name,
    address: parseServerAddress(address),
    token,
    ...(fingerprint === undefined ? {} : { fingerprint: parseFingerprint(fingerprint) }),
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(email === undefined ? {} : { email }),
  }
}

function recordOf(value: unknown, what: string, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw refuse(`${what} is no object`)
}
