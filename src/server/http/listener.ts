/**
 * The listener: HTTPS on one port, for people, programs and agents. It has the routes of the table and no others
 * (decision 7). It ends gracefully: what runs may finish, streams of events end at once.
 */
import { constants } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import { fastify } from 'fastify'
import { assert, failure } from '#base'
import { type ClientId, pathOf, type RouteSpec } from '#contract'
import { type AttemptLimits, Attempts } from '../authorization/attempts.ts'
import { Authenticator } from '../authorization/authenticate.ts'
import { readAuthority } from '../authorization/client-certificates.ts'
import type { SessionOwner } from '../authorization/objects.ts'
import type { Handlers } from '../handler.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Metrics } from '../metrics.ts'
import type { Notices } from '../notices.ts'
import { AgentConnections } from './agent-connections.ts'
import { AuditTrail } from './audit-trail.ts'
import { type BoundRoute, bindRoutes } from './bound-route.ts'
import { answerCall, type PipelineParts } from './call-pipeline.ts'
import { type ConsoleFiles, findConsoleAnswer, sendConsoleFile } from './console-files.ts'
import { type ListenerReply, type ListenerRequest, openExchange } from './exchange.ts'
import { IdempotencyKeys } from './idempotency.ts'
import { type ListenerLimits, listenerLimits } from './listener-limits.ts'
import { partAfter, refuseConnection, renderProblem } from './problem-reply.ts'
import { RefusedDeletions } from './refused-deletions.ts'
import { sendBuffered } from './reply-writer.ts'
import { apiHeaders } from './response-headers.ts'
import { RunningCalls } from './running-calls.ts'

export type ListenerTls = {
  /** PEM: the certificate of the server and those between it and a root. */
  readonly certificates: string
  readonly key: string
}

export type ListenerRequirements = {
  readonly kernel: ServerKernel
  readonly handlers: Handlers
  readonly tls: ListenerTls
  readonly address: { readonly host: string; readonly port: number }
  /** PEM: who issues the certificates of agents; several while one is replaced by the next. */
  readonly authority: string
  readonly sessionOwner: SessionOwner
  readonly metrics: Metrics
  readonly console?: ConsoleFiles
  /** Told of deletions that are refused again and again (L16). */
  readonly notices?: Notices
  readonly limits?: Partial<ListenerLimits>
  readonly attemptLimits?: AttemptLimits
}

export type Listener = AsyncDisposable & {
  /** Where it listens; the port is the real one. */
  readonly address: { readonly host: string; readonly port: number }
  /** Cuts all connections of a client. @returns how many there were */
  disconnectClient(clientId: ClientId): number
  /** For connections from now on. */
  renewTls(tls: ListenerTls): void
  renewAuthority(pem: string): void
  /** Stops accepting, lets calls finish for so long, then cuts them off. */
  close(graceMs?: number): Promise<void>
}

const closeGraceMs = 10_000

/** @throws server.address-unusable */
export async function openListener(required: ListenerRequirements): Promise<Listener> {
  const { kernel, handlers, address, metrics } = required
  const limits: ListenerLimits = { ...listenerLimits, ...required.limits }
  const running = new RunningCalls()
  const server = makeServer(required, limits)
  let authority = readAuthority(required.authority)
  const connections = new AgentConnections()
  const parts: PipelineParts = {
    kernel,
    limits,
    authority: () => authority,
    authenticator: new Authenticator(kernel),
    attempts: new Attempts(() => performance.now(), required.attemptLimits),
    connections,
    sessionOwner: required.sessionOwner,
    keys: new IdempotencyKeys(kernel, limits.idempotencyKeyMs),
    audit: new AuditTrail(
      kernel,
      required.notices === undefined ? undefined : new RefusedDeletions(kernel, required.notices),
    ),
  }
  const app = makeRouter(server)
  for (const bound of bindRoutes(handlers, limits)) {
    app.route({
      method: bound.route.method,
      url: routerPathOf(bound.route),
      handler: (request, reply) => run({ parts, running, metrics }, bound, request, reply),
    })
  }
  app.setNotFoundHandler((request, reply) => answerUnknown(required, parts, request, reply))
  server.on('checkContinue', (request, response) => app.routing(request, response))
  addGauges(metrics, { server, running, connections })
  await listening(app, address)
  const onEnding = () => running.beginEnding()
  kernel.ending.addEventListener('abort', onEnding, { once: true })
  const close = async (graceMs = closeGraceMs): Promise<void> => {
    kernel.ending.removeEventListener('abort', onEnding)
    await closeServer({ app, server, running, kernel }, graceMs)
  }
  return {
    address: { host: address.host, port: portOf(server) },
    disconnectClient: (clientId) => connections.disconnect(clientId),
    renewTls: ({ certificates, key }) =>
      server.setSecureContext(secureContext(required, { certificates, key })),
    renewAuthority: (pem) => {
      authority = readAuthority(pem)
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

function makeServer(required: ListenerRequirements, limits: ListenerLimits): Server {
  const server = createServer({
    ...secureContext(required, required.tls),
    // Agents show a certificate, people do not; who may do what is decided call by call.
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.headersMs,
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMs,
    // Bodies have a limit of their own, which knows who is waiting for whom.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  })
  server.maxConnections = limits.connectionsMax
  server.on('clientError', refuseConnection)
  return server
}

function secureContext({ authority }: ListenerRequirements, { certificates, key }: ListenerTls) {
  return {
    cert: certificates,
    key,
    // Browsers are asked for a certificate of an agent, and have none: they show no dialogue.
    ca: authority,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const
}

function makeRouter(server: Server) {
  const app = fastify<Server>({
    serverFactory: (handler) => server.on('request', handler),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
    frameworkErrors: (_problem, request, reply) => refuseUnknown(request, reply),
  })
  // Bodies are read after the caller is known, and never by the router.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  return app
}

type Router = ReturnType<typeof makeRouter>

function routerPathOf(route: RouteSpec): string {
  return pathOf(route).replace(/\{(\w+)\}/g, ':$1')
}

type RunParts = {
  readonly parts: PipelineParts
  readonly running: RunningCalls
  readonly metrics: Metrics
}

async function run(
  { parts, running, metrics }: RunParts,
  bound: BoundRoute,
  request: ListenerRequest,
  reply: ListenerReply,
): Promise<ListenerReply> {
  const { kernel, limits } = parts
  const requestId = newRequestId(kernel)
  if (running.isEnding) {
    refuseAsEnding(reply, requestId, limits)
    return reply
  }
  const since = performance.now()
  const kind = bound.route.answer.kind === 'events' ? 'stream' : 'call'
  const status = await running.during(kind, async (call) => {
    const exchange = openExchange(request, reply, { requestId, running: call })
    const answered = await answerCall(parts, bound, exchange)
    await sentWhole(reply, limits)
    return answered
  })
  const tookMs = performance.now() - since
  metrics.observeCall(bound.named.name, status, tookMs / 1_000)
  kernel.log.debug({ requestId, route: bound.named.name, status, tookMs }, 'A call was answered.')
  return reply
}

const answerBytesInBuffers = 64 * 1024

/** An answer is not given before it is out: who ends the server then would cut it off. */
async function sentWhole(
  { raw }: ListenerReply,
  { receiverIdleMs }: ListenerLimits,
): Promise<void> {
  if (raw.writableFinished || raw.destroyed) return
  // Node ends the connection when nothing of it was taken for so long.
  if (raw.writableLength > answerBytesInBuffers) raw.socket?.setTimeout(receiverIdleMs)
  const { promise, resolve } = Promise.withResolvers<void>()
  raw.once('finish', resolve)
  raw.once('close', resolve)
  await promise
}

const requestIdBytes = 12

function newRequestId({ random }: ServerKernel): string {
  return `rq-${Buffer.from(random(requestIdBytes)).toString('hex')}`
}

function refuseAsEnding(reply: ListenerReply, requestId: string, limits: ListenerLimits): void {
  const { status, headers, text } = renderProblem(failure('server.not-ready'), requestId)
  partAfter(reply.raw, limits.farewellMs)
  const all = { ...apiHeaders, ...headers, connection: 'close', 'retry-after': '1' }
  sendBuffered(reply, { status, headers: all, text })
}

function answerUnknown(
  { console: files }: ListenerRequirements,
  { limits }: PipelineParts,
  request: ListenerRequest,
  reply: ListenerReply,
): void {
  const shown = findConsoleAnswer(files, request)
  if (shown !== undefined) {
    sendConsoleFile(reply, shown)
    return
  }
  partAfter(reply.raw, limits.farewellMs)
  refuseUnknown(request, reply)
}

const pathCharactersMax = 200

function refuseUnknown(request: ListenerRequest, reply: ListenerReply): void {
  const { method, url } = request
  const path = (url.split('?', 1)[0] ?? '').slice(0, pathCharactersMax)
  const { status, headers, text } = renderProblem(failure('route.not-found', { method, path }), '')
  sendBuffered(reply, { status, headers: { ...apiHeaders, ...headers }, text })
}

function addGauges(
  metrics: Metrics,
  of: {
    readonly server: Server
    readonly running: RunningCalls
    readonly connections: AgentConnections
  },
): void {
  metrics.addGauge({ name: 'holdfast_http_calls_running', help: 'Calls under way now.' }, () => [
    { value: of.running.count },
  ])
  metrics.addGauge(
    { name: 'holdfast_agent_connections', help: 'Open connections of agents.' },
    () => [{ value: of.connections.count }],
  )
  metrics.addGauge(
    { name: 'holdfast_http_connections', help: 'Open connections of everybody.' },
    async () => [{ value: await connectionsOf(of.server) }],
  )
}

async function connectionsOf(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.getConnections((problem, count) => (problem === null ? resolve(count) : reject(problem)))
  return await promise
}

async function listening(app: Router, address: ListenerRequirements['address']): Promise<void> {
  try {
    await app.listen(address)
  } catch (problem) {
    const said = problem instanceof Error ? problem.message : String(problem)
    const { host, port } = address
    throw failure('server.address-unusable', { address: `${host}:${port}`, problem: said }, problem)
  }
}

function portOf(server: Server): number {
  const bound = server.address()
  assert(bound !== null && typeof bound === 'object', 'a listener of TCP has a port')
  return bound.port
}

async function closeServer(
  {
    app,
    server,
    running,
    kernel,
  }: {
    readonly app: Router
    readonly server: Server
    readonly running: RunningCalls
    readonly kernel: ServerKernel
  },
  graceMs: number,
): Promise<void> {
  server.close()
  server.closeIdleConnections()
  const late = await running.end(graceMs)
  if (late > 0) kernel.log.warn({ calls: late }, 'Calls were cut off: the server ends.')
  server.closeAllConnections()
  await app.close()
}
