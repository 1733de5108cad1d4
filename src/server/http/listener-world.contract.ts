/**
 * A listener on loopback over a real catalog with two accounts, and somebody to call it. Handlers are stubs made from the
 * table of routes: one that is reached says so with an error that nothing before it throws.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { failure } from '#base'
import { type ClientId, routeList, type SessionId } from '#contract'
import type { AttemptLimits } from '../authorization/attempts.ts'
import { csrfOf } from '../authorization/secrets.ts'
import type { CallContext, Handlers } from '../handler.ts'
import { makeTestKernel, type TestKernel } from '../kernel.fixture.ts'
import type { Log } from '../kernel.ts'
import { type Metrics, openMetrics } from '../metrics.ts'
import type { Notices } from '../notices.ts'
import { makeAuthority, type TestAuthority, type TestCertificate } from './certificates.contract.ts'
import type { ConsoleFiles } from './console-files.ts'
import { type Listener, openListener } from './listener.ts'
import type { ListenerLimits } from './listener-limits.ts'
import { addTenant, type Tenant, type TestPerson } from './tenant.contract.ts'

// biome-ignore lint/suspicious/noExplicitAny: a stub serves whatever route a test hangs it on
export type Stub = (call: any, context: CallContext) => Promise<unknown>

export type WorldChoices = {
  /** By the name of the route. */
  readonly handlers?: Readonly<Record<string, Stub>>
  readonly limits?: Partial<ListenerLimits>
  readonly attemptLimits?: AttemptLimits
  readonly console?: ConsoleFiles
  readonly log?: Log
  readonly notices?: Notices
}

export type ListenerWorld = AsyncDisposable & {
  readonly kernel: TestKernel
  readonly listener: Listener
  readonly metrics: Metrics
  readonly authority: TestAuthority
  /** The account that runs the server. */
  readonly mine: Tenant
  readonly other: Tenant
  /** Sessions of the gateway. */
  readonly sessions: Map<SessionId, ClientId>
  ask(method: string, path: string, choices?: AskChoices): Promise<Said>
}

export type AskChoices = {
  readonly cookie?: TestPerson | undefined
  readonly token?: string | undefined
  readonly agent?: TestCertificate | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or bytes as they are. */
  readonly body?: unknown
  readonly tls?: RequestOptions
}

export type Said = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly code: string | undefined
}

export async function openWorld(choices: WorldChoices = {}): Promise<ListenerWorld> {
  const made = await makeTestKernel()
  const kernel = choices.log === undefined ? made : { ...made, log: choices.log }
  const authority = makeAuthority()
  const mine = await addTenant(kernel.catalog, 'mine', authority)
  // The first account runs the server.
  kernel.clock.advance(1_000)
  const other = await addTenant(kernel.catalog, 'other', authority)
  const sessions = new Map<SessionId, ClientId>(
    [mine, other].map(({ ids }) => [ids.session as SessionId, ids.client as ClientId]),
  )
  const server = authority.issue({ name: 'localhost' })
  const metrics = openMetrics('0.0.0-test')
  const { limits, attemptLimits, console: files, notices } = choices
  const listener = await openListener({
    kernel: { ...kernel, random: (length) => new Uint8Array(randomBytes(length)) },
    handlers: stubHandlers(choices.handlers ?? {}),
    tls: { certificates: server.certificate, key: server.key },
    address: { host: '127.0.0.1', port: 0 },
    authority: authority.certificate,
    sessionOwner: (id) => sessions.get(id),
    metrics,
    ...(files && { console: files }),
    ...(notices && { notices }),
    ...(limits && { limits }),
    ...(attemptLimits && { attemptLimits }),
  })
  const agents = new Map<TestCertificate | undefined, Agent>()
  const agentOf = (of: TestCertificate | undefined) => {
    const agent = agents.get(of) ?? new Agent({ keepAlive: true, maxSockets: 8 })
    agents.set(of, agent)
    return agent
  }
  return {
    kernel,
    listener,
    metrics,
    authority,
    mine,
    other,
    sessions,
    ask: (method, path, how = {}) =>
      ask({ ...target(listener, authority), agent: agentOf(how.agent), method, path }, how),
    [Symbol.asyncDispose]: async () => {
      for (const agent of agents.values()) agent.destroy()
      await listener.close(0)
      await made[Symbol.asyncDispose]()
    },
  }
}

export function target({ address }: Listener, authority: TestAuthority): RequestOptions {
  return { host: '127.0.0.1', port: address.port, ca: authority.certificate }
}

const reached = (name: string): Stub => {
  return async () => {
    throw failure('job.over', { job: name, state: 'reached' })
  }
}

/** Whether a handler was reached. */
export function isReached({ status, code }: Said): boolean {
  return status === 409 && code === 'job.over'
}

export function stubHandlers(given: Readonly<Record<string, Stub>>): Handlers {
  const groups = new Map<string, Record<string, Stub>>()
  for (const { name, group } of routeList) {
    const members = groups.get(group) ?? {}
    members[name.slice(group.length + 1)] = given[name] ?? reached(name)
    groups.set(group, members)
  }
  return Object.fromEntries(groups) as unknown as Handlers
}

export async function ask(to: RequestOptions, how: AskChoices): Promise<Said> {
  const { promise, resolve, reject } = Promise.withResolvers<Said>()
  const { body, isJson } = bodyOf(how.body)
  const sent = request(
    {
      ...to,
      ...(how.agent && { cert: how.agent.certificate, key: how.agent.key }),
      ...how.tls,
      headers: {
        ...(isJson && { 'content-type': 'application/json' }),
        ...credentials(how, to.method ?? 'GET'),
        ...how.headers,
      },
    },
    (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8')
        const isProblem =
          answer.headers['content-type'] === 'application/problem+json' && text !== ''
        const code = isProblem ? String(JSON.parse(text).code) : undefined
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code })
      })
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return await promise
}

function bodyOf(body: unknown): { readonly body?: string | Uint8Array; readonly isJson: boolean } {
  if (body === undefined) return { isJson: false }
  if (body instanceof Uint8Array) return { body, isJson: false }
  return { body: JSON.stringify(body), isJson: true }
}

export function credentials(
  { cookie, token }: Pick<AskChoices, 'cookie' | 'token'>,
  method: string,
): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(cookie !== undefined && { cookie: `__Host-holdfast=${cookie.cookie}` }),
    ...(cookie !== undefined && method !== 'GET' && { 'holdfast-csrf': csrfOf(cookie.cookie) }),
  }
}
