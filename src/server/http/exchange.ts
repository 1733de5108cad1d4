/** One call on its way through the listener: what came, who it is from, and how the answer goes back. */
import type { Server } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { assert } from '#base'
import type { Identity } from '../identity.ts'
import { apiHeaders, sessionCookieOf } from './response-headers.ts'

export type ListenerRequest = FastifyRequest<Record<string, unknown>, Server>
export type ListenerReply = FastifyReply<Record<string, unknown>, Server>

export type Exchange = {
  readonly request: ListenerRequest
  readonly reply: ListenerReply
  readonly socket: TLSSocket
  readonly requestId: string
  readonly address: string
  readonly userAgent: string
  readonly sessionCookie: string | undefined
  /** Of the answer. */
  readonly headers: Record<string, string>
  /** The client is gone, or the server ends. */
  readonly signal: AbortSignal
  readonly notes: Record<string, string | number | boolean>
  identity: Identity
  ids: readonly string[]
  /** It names what is not the caller's. */
  isForeign: boolean
}

const userAgentCharactersMax = 200

export function openExchange(
  request: ListenerRequest,
  reply: ListenerReply,
  of: { readonly requestId: string; readonly running: AbortController },
): Exchange {
  const { socket, headers } = request.raw
  assert(socket instanceof TLSSocket, 'the listener speaks TLS alone')
  reply.raw.once('close', () => {
    // The connection ended before the answer did.
    if (!reply.raw.writableFinished) of.running.abort()
  })
  return {
    request,
    reply,
    socket,
    requestId: of.requestId,
    address: socket.remoteAddress ?? '',
    userAgent: (headers['user-agent'] ?? '').slice(0, userAgentCharactersMax),
    sessionCookie: sessionCookieOf(headers.cookie),
    headers: { ...apiHeaders, 'request-id': of.requestId },
    signal: of.running.signal,
    notes: {},
    identity: { kind: 'public' },
    ids: [],
    isForeign: false,
  }
}

/** The one value of a header; of a header that came several times the first counts nowhere. */
export function headerOf({ request }: Exchange, name: string): string | undefined {
  const value = request.raw.headers[name]
  return typeof value === 'string' ? value : undefined
}
