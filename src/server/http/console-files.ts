/** The web console: files that are there from the start. Paths that are none of them show the first page. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:https'
import type { FastifyReply } from 'fastify'
import type { ListenerRequest } from './exchange.ts'
import { consoleHeaders, contentTypeOf } from './response-headers.ts'

export type ConsoleFile = {
  readonly content: Uint8Array
  readonly media: string
  /** Its name changes with its content: browsers may keep it. */
  readonly isNamedByContent: boolean
  /** The content as gzip, for browsers that take it. */
  readonly gzip?: () => Uint8Array
}

export type ConsoleFiles = {
  /** @param path from the root, `/` for the first page */
  find(path: string): ConsoleFile | undefined
}

export type ConsoleAnswer = {
  readonly headers: Readonly<Record<string, string>>
  readonly file: ConsoleFile
}

/** Where the page of the console says which nonce its styles have. */
const noncePlace = '{style-nonce}'

/** Undefined: this is no call for the console. */
export function findConsoleAnswer(
  files: ConsoleFiles | undefined,
  { method, url, headers }: Pick<ListenerRequest, 'method' | 'url' | 'headers'>,
): ConsoleAnswer | undefined {
  const path = url.split('?', 1)[0] ?? ''
  if (files === undefined || method !== 'GET' || path.startsWith('/api/')) return undefined
  const isPage = !/\.[a-z0-9]+$/i.test(path)
  const file = files.find(path) ?? (isPage ? files.find('/') : undefined)
  if (file === undefined) return undefined
  const takesGzip = /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? '')
  const gzip = takesGzip ? file.gzip?.() : undefined
  const kept = file.isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache'
  return {
    file: gzip === undefined ? file : { ...file, content: gzip },
    headers: {
      ...consoleHeaders,
      ...(file.gzip === undefined ? {} : { vary: 'accept-encoding' }),
      ...(gzip === undefined ? {} : { 'content-encoding': 'gzip' }),
      'cache-control': kept,
      'content-type': contentTypeOf(file.media),
    },
  }
}

export function sendConsoleFile(
  reply: FastifyReply<Record<string, unknown>, Server>,
  { headers, file }: ConsoleAnswer,
): void {
  // Controls of the console bring rules of their own; only those with the nonce of this very page count.
  const nonce = randomBytes(18).toString('base64')
  const policy = headers['content-security-policy']?.replace('{nonce}', nonce)
  const isPage = file.media === 'text/html'
  const text = isPage ? Buffer.from(file.content).toString('utf8').replace(noncePlace, nonce) : ''
  reply
    .code(200)
    .headers({ ...headers, 'content-security-policy': policy })
    .send(isPage ? Buffer.from(text) : Buffer.from(file.content))
}
