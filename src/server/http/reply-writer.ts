/** Writes what a handler gave as its route says it. */
import { assert, BrokenInvariant } from '#base'
import {
  eventStreamMedia,
  keepAlive,
  type RouteSpec,
  type ServerEvent,
  writeAnswer,
  writeEvent,
} from '#contract'
import type { ByteReply } from '../handler.ts'
import type { Log } from '../kernel.ts'
import type { Exchange, ListenerReply } from './exchange.ts'
import type { ListenerLimits } from './listener-limits.ts'
import { endSource, forEachOrLate, nextOf, sendChunk } from './outgoing-stream.ts'
import { attachmentNamed, contentTypeOf, previewHeaders } from './response-headers.ts'

/** An answer of JSON, or none. */
export type RenderedAnswer = { readonly status: number; readonly text: string }

export function renderAnswer(spec: RouteSpec, value: unknown): RenderedAnswer {
  const { answer } = spec
  // writeAnswer checks the value against the schema of the route, whatever its type says here.
  const wire = writeAnswer(spec, value as never)
  return { status: answer.status, text: answer.kind === 'empty' ? '' : JSON.stringify(wire) }
}

export function sendRendered(exchange: Exchange, { status, text }: RenderedAnswer): void {
  const { reply, headers } = exchange
  if (text === '') reply.code(status).headers(headers).send()
  else sendBuffered(reply, { status, headers: { ...headers, 'content-type': jsonMedia }, text })
}

const jsonMedia = 'application/json'

/** As bytes: to text the router would add a charset, which JSON has none of. */
export function sendBuffered(
  reply: ListenerReply,
  of: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly text: string
  },
): void {
  reply.code(of.status).headers(of.headers).send(Buffer.from(of.text))
}

export type StreamSurroundings = {
  readonly limits: ListenerLimits
  readonly log: Log
  /** An event that tells a caller who was away that some are lost. */
  readonly gapEvent: () => ServerEvent
  /** @throws when the caller may call no more */
  readonly checkCaller: () => Promise<void>
}

/** Text and bytes. Nothing is sent before the first piece is there: until then a problem can still be told as one. */
export async function sendContent(
  exchange: Exchange,
  spec: RouteSpec,
  value: unknown,
  around: StreamSurroundings,
): Promise<void> {
  const { answer } = spec
  assert(answer.kind === 'text' || answer.kind === 'bytes', 'only text and bytes are content')
  if (typeof value === 'string' && answer.kind === 'text') {
    const headers = { ...exchange.headers, 'content-type': contentTypeOf(answer.media) }
    sendBuffered(exchange.reply, { status: answer.status, headers, text: value })
    return
  }
  if (!isByteReply(value)) {
    throw new BrokenInvariant(`an answer is as its route says: ${spec.path} gives content`)
  }
  const { media = answer.media, length, fileName, isPreview } = value
  assert(fileName === undefined || isPreview === undefined, 'a preview is not stored')
  const headers = {
    ...exchange.headers,
    'content-type': contentTypeOf(media),
    ...(length !== undefined && { 'content-length': String(length) }),
    ...(fileName !== undefined && { 'content-disposition': attachmentNamed(fileName) }),
    ...(isPreview === true && previewHeaders(media)),
  }
  await streamBytes(exchange, { headers, status: answer.status, reply: value }, around)
}

async function streamBytes(
  exchange: Exchange,
  head: {
    readonly headers: Record<string, string>
    readonly status: number
    readonly reply: ByteReply
  },
  { limits, log, checkCaller }: StreamSurroundings,
): Promise<void> {
  const { signal, reply } = exchange
  const { content, length } = head.reply
  const checkInTime = everySoOften(checkCaller, limits.eventKeepAliveMs)
  const source = content[Symbol.asyncIterator]()
  let sent = 0
  try {
    let step = await nextOf(source, signal)
    reply.hijack()
    reply.raw.writeHead(head.status, head.headers)
    while (step.done !== true) {
      const piece = step.value
      sent += piece.length
      // The last piece waits until the source has said that it is: else a longer one would pass for whole.
      const isLast = sent === length
      if (isLast) step = await nextOf(source, signal)
      assert(length === undefined || sent < length || step.done, 'content is as long as was said')
      await checkInTime()
      await sendChunk(reply.raw, piece, { signal, idleMs: limits.receiverIdleMs })
      if (!isLast) step = await nextOf(source, signal)
    }
    assert(length === undefined || sent === length, 'content is as long as was said')
    reply.raw.end()
  } finally {
    endSource(source, (problem) =>
      log.debug({ problem, requestId: exchange.requestId }, 'A source ended badly.'),
    )
  }
}

export async function sendEvents(
  exchange: Exchange,
  value: unknown,
  { limits, log, gapEvent, checkCaller }: StreamSurroundings,
): Promise<void> {
  assert(isAsyncIterable(value), 'the handler of events gives events')
  const { signal, reply, headers, request } = exchange
  // The route has the schema of these events; writeEvent holds each against it.
  const source = (value as AsyncIterable<ServerEvent>)[Symbol.asyncIterator]()
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    ...headers,
    'content-type': eventStreamMedia,
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  const to = { signal, idleMs: limits.receiverIdleMs }
  const checkInTime = everySoOften(checkCaller, limits.eventKeepAliveMs)
  try {
    // Events are not kept: whoever comes back asks for everything again.
    const isBack = request.raw.headers['last-event-id'] !== undefined
    await sendChunk(raw, isBack ? writeEvent(gapEvent()) : keepAlive, to)
    await forEachOrLate(
      source,
      { signal, lateMs: limits.eventKeepAliveMs },
      {
        value: async (event) => {
          await checkInTime()
          await sendChunk(raw, writeEvent(event), to)
        },
        late: async () => {
          await checkCaller()
          await sendChunk(raw, keepAlive, to)
        },
      },
    )
    raw.end()
  } catch (problem) {
    // A server that ends says goodbye: streams of events have no end of their own that could be missed.
    if (!signal.aborted || raw.destroyed) throw problem
    raw.end()
  } finally {
    endSource(source, (problem) =>
      log.debug({ problem, requestId: exchange.requestId }, 'A source ended badly.'),
    )
  }
}

/** For a stream that is never quiet: whether it may go on is asked anew after this time. */
function everySoOften(ask: () => Promise<void>, everyMs: number): () => Promise<void> {
  let askedAt = performance.now()
  return async () => {
    if (performance.now() - askedAt < everyMs) return
    await ask()
    askedAt = performance.now()
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isByteReply(value: unknown): value is ByteReply {
  return (
    typeof value === 'object' &&
    value !== null &&
    'content' in value &&
    isAsyncIterable(value.content)
  )
}
