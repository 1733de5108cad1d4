/** The agent's way to its server: `fetch` over connections that are pinned, kept open, and bounded in number and time. */
import { Agent } from 'undici'
import { failure, isFailure } from '#base'
import type { Fetch } from '#contract'
import { chooseProxy, type ProxySettings } from './proxy-choice.ts'
import { openSecureSocket, type SecureTarget, type Trust } from './secure-socket.ts'

export type LinkSettings = ProxySettings & {
  readonly trust: Trust
  readonly identity?: { readonly privateKey: string; readonly certificate: string }
}

export type OpenedLink = {
  readonly fetch: Fetch
  close(): Promise<void>
}

const connectionsMax = 16
const connectMsMax = 15_000
/** Longer than the longest wait for assignments. */
const answerMsMax = 120_000
/** Between two pieces of a body. */
const idleMsMax = 120_000
const keptOpenMs = 45_000
/** A shorter answer is read at once. */
const heldBytesMax = 64 * 1024

export function openAgentLink(settings: LinkSettings): OpenedLink {
  const agent = new Agent({
    connections: connectionsMax,
    headersTimeout: answerMsMax,
    bodyTimeout: idleMsMax,
    keepAliveTimeout: keptOpenMs,
    keepAliveMaxTimeout: keptOpenMs,
    pipelining: 1,
    connect: ({ hostname, port, protocol }, done) => {
      if (protocol !== 'https:') return done(new Error('the server is reached by https only'), null)
      const host = hostname.replace(/^\[|\]$/g, '')
      const target = secureTarget(settings, host, port === '' ? 443 : Number(port))
      openSecureSocket(target, AbortSignal.timeout(connectMsMax)).then(
        (socket) => done(null, socket),
        (problem: Error) => done(problem, null),
      )
    },
  })
  return {
    fetch: (address, init) => pinnedFetch(agent, address, init),
    close: () => agent.close(),
  }
}

function secureTarget(settings: LinkSettings, host: string, port: number): SecureTarget {
  const { trust, identity } = settings
  return { host, port, trust, identity, proxy: chooseProxy({ host, port }, settings) }
}

/** Not undici's `fetch`, which takes twice the time for a block. */
async function pinnedFetch(agent: Agent, address: string, init: RequestInit): Promise<Response> {
  const { origin, pathname, search } = new URL(address)
  try {
    const answer = await agent.request({
      origin,
      path: `${pathname}${search}`,
      method: methodOf(init.method),
      headers: Object.fromEntries(new Headers(init.headers)),
      body: bytesOf(init.body),
      signal: init.signal ?? null,
    })
    return await responseOf(answer)
  } catch (problem) {
    throw innermost(problem)
  }
}

type Answer = Awaited<ReturnType<Agent['request']>>

async function responseOf({ statusCode: status, headers, body }: Answer): Promise<Response> {
  const plain = new Headers()
  for (const [name, value] of Object.entries(headers)) plain.set(name, String(value))
  const init = { status, headers: plain }
  if (status === 204 || status === 304) {
    await body.dump()
    return new Response(null, init)
  }
  if (status >= 300 && status < 400) {
    // Nobody but the server of the activation says where we go.
    await body.dump()
    throw new Error(`it sends us elsewhere (HTTP ${status})`)
  }
  const length = Number(headers['content-length'] ?? Number.NaN)
  return new Response(length <= heldBytesMax ? await body.bytes() : streamOf(body), init)
}

/** Piece by piece: who reads slowly slows the sender. */
function streamOf(body: Answer['body']): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces: AsyncIterator<Uint8Array<ArrayBuffer>> = body[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        body.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function methodOf(name = 'GET'): (typeof methods)[number] {
  const known = methods.find((method) => method === name)
  if (known === undefined) throw new Error(`the method ${name} is not of the contract`)
  return known
}

/** The clients of the contract send text and bytes. */
function bytesOf(body: RequestInit['body']): string | Uint8Array<ArrayBuffer> | null {
  if (body === undefined || body === null || typeof body === 'string') return body ?? null
  if (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  }
  throw failure('request.invalid', { where: 'body', problem: 'it is neither text nor bytes' })
}

/** `fetch` wraps what its connection met. */
function innermost(problem: unknown): unknown {
  for (let step = problem; step instanceof Error; step = step.cause) {
    if (isFailure(step)) return step
  }
  return problem
}
