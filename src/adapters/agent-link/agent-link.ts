/** The agent's way to its server: `fetch` over connections that are pinned, kept open, and bounded in number and time. */
import { Agent, fetch } from 'undici'
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

async function pinnedFetch(agent: Agent, address: string, init: RequestInit): Promise<Response> {
  const { method, headers, body, signal } = init
  try {
    const answer = await fetch(address, {
      ...(method === undefined ? {} : { method }),
      headers: Object.fromEntries(new Headers(headers)),
      body: bytesOf(body),
      signal: signal ?? null,
      // Nobody but the server says where we go.
      redirect: 'error',
      dispatcher: agent,
    })
    return new Response(answer.body, {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
    })
  } catch (problem) {
    throw innermost(problem)
  }
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
