/**
 * A client of the API, typed from the table of routes; nothing is generated. It throws the Failure that the server threw.
 * It has no network of its own: `fetch` is handed in, and so is what makes keys.
 */
import { failure, isFailure } from '#base'
import { type CallAnswer, type CallInput, type ItemOf, pathNames, readAnswer } from './call.ts'
import { readEvents } from './event-stream.ts'
import { failureOf, problem, problemMedia } from './problem.ts'
import { writeQuery } from './query-text.ts'
import type { ServerEvent } from './records/console.ts'
import { isBinary, type RouteSpec } from './route.ts'
import { bodyMediaOf, pathOf } from './routes/table.ts'

export type Fetch = (address: string, init: RequestInit) => Promise<Response>

export type ClientOptions = {
  /** Of the server, without /api/v1. */
  readonly address: string
  readonly fetch: Fetch
  /** A new Idempotency-Key: up to 64 characters that no other call has. */
  readonly newKey: () => string
  /** Asked before every call: an API token as `authorization`, or what the cookie needs. */
  readonly headers?: () => Readonly<Record<string, string>>
}

export type CallOptions = {
  readonly signal?: AbortSignal
  /** Of an earlier try of the same call, so that it is not done twice. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

type AnyInput = {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}
type PageRoute = RouteSpec & { readonly answer: { readonly kind: 'page' } }
type StreamRoute = RouteSpec & { readonly answer: { readonly kind: 'bytes' | 'text' } }
type EventRoute = RouteSpec & { readonly answer: { readonly kind: 'events' } }

export type ApiClient = {
  call<Spec extends RouteSpec>(
    spec: Spec,
    input: CallInput<Spec>,
    options?: CallOptions,
  ): Promise<CallAnswer<Spec>>
  /** Every item of every page; the next page is asked for when the last item was taken. */
  list<Spec extends PageRoute>(
    spec: Spec,
    input: CallInput<Spec>,
    options?: CallOptions,
  ): AsyncGenerator<ItemOf<Spec>>
  /** The body as it comes. */
  stream<Spec extends StreamRoute>(
    spec: Spec,
    input: CallInput<Spec>,
    options?: CallOptions,
  ): Promise<AsyncIterable<Uint8Array>>
  events<Spec extends EventRoute>(
    spec: Spec,
    input: CallInput<Spec>,
    options?: CallOptions,
  ): AsyncGenerator<ServerEvent>
}

/** Answers are held in memory; a longer one is not of ours. */
export const answerBytesMax = 64 * 1024 * 1024
const problemBytesMax = 1 << 20

export function openClient(options: ClientOptions): ApiClient {
  const ask = (spec: RouteSpec, input: AnyInput, own: CallOptions = {}) =>
    send(options, spec, { ...own, input })
  return {
    async call(spec, input, own) {
      const response = await ask(spec, input, own)
      return readAnswer(spec, await valueOfBody(spec, response))
    },
    async *list(spec, input: AnyInput, own) {
      const seen = new Set<string>()
      let query = input.query
      for (;;) {
        const response = await ask(spec, { ...input, ...(query && { query }) }, own)
        const page = readAnswer<PageRoute>(spec, await valueOfBody(spec, response))
        for (const item of page.items) yield item as ItemOf<typeof spec>
        if (page.next === undefined) return
        // A server that sends us in a circle would keep us for ever.
        if (seen.has(page.next)) throw unknown('page', 'a cursor came twice')
        seen.add(page.next)
        query = { ...query, cursor: page.next }
      }
    },
    async stream(spec, input, own) {
      return bodyOf(await ask(spec, input, own))
    },
    async *events(spec, input, own) {
      yield* readEvents(bodyOf(await ask(spec, input, own)))
    },
  }
}

/** With any value, of a call that reads: no person asked for it, and it keeps no sign-in alive. */
export const backgroundHeader = 'holdfast-background'

async function send(
  client: ClientOptions,
  spec: RouteSpec,
  call: CallOptions & { readonly input: AnyInput },
): Promise<Response> {
  const address = addressOf(client.address, spec, call.input)
  const media = bodyMediaOf(spec)
  const init = {
    method: spec.method,
    headers: {
      ...client.headers?.(),
      ...call.headers,
      accept: acceptOf(spec),
      ...(media === undefined ? {} : { 'content-type': media }),
      ...(spec.repeat === 'key' ? { 'idempotency-key': call.key ?? client.newKey() } : {}),
    },
    ...(media === undefined ? {} : { body: bodyText(spec, call.input.body) }),
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  }
  const response = await reached(client, init, address)
  if (response.status !== spec.answer.status) throw await failureOfResponse(response)
  return response
}

async function reached(
  client: ClientOptions,
  init: RequestInit,
  address: string,
): Promise<Response> {
  try {
    return await client.fetch(address, init)
  } catch (cause) {
    if (init.signal?.aborted === true) throw failure('job.aborted', {}, cause)
    // The network may know more than that nobody answered: that somebody else did, say.
    if (isFailure(cause)) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw failure('server.unreachable', { address: client.address, problem: said }, cause)
  }
}

function addressOf(server: string, spec: RouteSpec, input: AnyInput): string {
  let path = pathOf(spec)
  for (const name of pathNames(spec.path)) {
    path = path.replace(`{${name}}`, encodeURIComponent(String(input.path?.[name])))
  }
  const query = writeQuery(input.query ?? {})
  return `${server.replace(/\/+$/, '')}${path}${query === '' ? '' : `?${query}`}`
}

function acceptOf({ answer }: RouteSpec): string {
  switch (answer.kind) {
    case 'bytes':
    case 'text':
      return `${answer.media}, ${problemMedia}`
    case 'events':
      return `text/event-stream, ${problemMedia}`
    default:
      return `application/json, ${problemMedia}`
  }
}

function bodyText(spec: RouteSpec, body: unknown): string | Uint8Array<ArrayBuffer> {
  if (spec.body === undefined || !isBinary(spec.body)) return JSON.stringify(body)
  if (!(body instanceof Uint8Array)) {
    throw failure('request.invalid', { where: 'body', problem: 'it must be bytes' })
  }
  const { buffer, byteOffset, length } = body
  // fetch takes no shared memory: only that is copied.
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, length)
    : new Uint8Array(body)
}

async function valueOfBody(spec: RouteSpec, response: Response): Promise<unknown> {
  if (spec.answer.kind === 'empty') return undefined
  const text = await textOf(response, answerBytesMax)
  return spec.answer.kind === 'text' ? text : parsedJson(text, response.status)
}

/** What the server said, as what it threw. */
async function failureOfResponse(response: Response): Promise<Error> {
  const text = await textOf(response, problemBytesMax)
  const media = response.headers.get('content-type') ?? ''
  if (!media.startsWith(problemMedia)) {
    return unknown(`HTTP ${response.status}`, text.slice(0, 200))
  }
  const said = problem.safeParse(parsedJson(text, response.status))
  return said.success ? failureOf(said.data) : unknown(`HTTP ${response.status}`, 'no problem')
}

async function textOf(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder('utf-8')
  let text = ''
  let bytes = 0
  for await (const piece of bodyOf(response)) {
    bytes += piece.length
    if (bytes > bytesMax) throw failure('limit.exceeded', { what: 'An answer', limit: bytesMax })
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  try {
    for await (const piece of response.body) yield piece
  } catch (cause) {
    if (isFailure(cause)) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw failure('server.unreachable', { address: 'of this call', problem: said }, cause)
  }
}

function parsedJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw failure('server.unknown-error', { code: `HTTP ${status}`, problem: 'no JSON' }, cause)
  }
}

function unknown(code: string, said: string): Error {
  return failure('server.unknown-error', { code, problem: said })
}
