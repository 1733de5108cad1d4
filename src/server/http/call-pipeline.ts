/**
 * What becomes of a call, in this order: who calls, whether that caller may call at all, whether it was guessed too often,
 * what is asked, whose objects are named, whether it was answered before; only then the handler.
 */
import { assert, failure, isFailure } from '#base'
import { backgroundHeader, readCall } from '#contract'
import type { Attempts } from '../authorization/attempts.ts'
import type { Authenticator, Credentials } from '../authorization/authenticate.ts'
import { type Authority, identityShown } from '../authorization/client-certificates.ts'
import { checkCsrf, checkOrigin } from '../authorization/cross-site.ts'
import { checkObjects, type SessionOwner } from '../authorization/objects.ts'
import { checkRights } from '../authorization/rights.ts'
import type { CallContext } from '../handler.ts'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import type { AgentConnections } from './agent-connections.ts'
import type { AuditedCall, AuditTrail } from './audit-trail.ts'
import { type BoundRoute, isWrongGuess, type ReadCall } from './bound-route.ts'
import { type Exchange, headerOf } from './exchange.ts'
import type { IdempotencyKeys, KeyHold } from './idempotency.ts'
import type { ListenerLimits } from './listener-limits.ts'
import { failureToTell, partAfter, renderProblem } from './problem-reply.ts'
import {
  renderAnswer,
  sendBuffered,
  sendContent,
  sendEvents,
  sendRendered,
} from './reply-writer.ts'
import { checkBodyHeaders, readChunks, readJson } from './request-body.ts'
import { setSessionCookie } from './response-headers.ts'
import { tellChanged } from './tell-changed.ts'

export type PipelineParts = {
  readonly kernel: ServerKernel
  readonly limits: ListenerLimits
  readonly authority: () => Authority
  readonly authenticator: Authenticator
  readonly attempts: Attempts
  readonly connections: AgentConnections
  readonly sessionOwner: SessionOwner
  readonly keys: IdempotencyKeys
  readonly audit: AuditTrail
}

/** @returns the status that the caller got, or would have got */
export async function answerCall(
  parts: PipelineParts,
  bound: BoundRoute,
  exchange: Exchange,
): Promise<number> {
  try {
    await admit(parts, bound, exchange)
    const { call, bytes } = await readRequest(parts, bound, exchange)
    await checkNamed(parts, bound, exchange, call)
    await countingGuesses(parts, bound, exchange, call, () =>
      perform(parts, bound, exchange, call, bytes),
    )
    return bound.route.answer.status
  } catch (problem) {
    return await refuse(parts, bound, exchange, problem)
  }
}

async function admit(
  parts: PipelineParts,
  { route }: BoundRoute,
  exchange: Exchange,
): Promise<void> {
  const isUse = route.answer.kind !== 'events' && !isInBackground(route, exchange)
  const { isByCookie } = await identify(parts, route.class, { exchange, isUse })
  if (route.method !== 'GET') {
    const isByBrowser = isByCookie || exchange.identity.kind === 'public'
    if (isByBrowser) {
      checkOrigin({
        site: headerOf(exchange, 'sec-fetch-site'),
        origin: headerOf(exchange, 'origin'),
        host: headerOf(exchange, 'host'),
      })
    }
    if (isByCookie) {
      checkCsrf(exchange.sessionCookie ?? '', headerOf(exchange, 'holdfast-csrf'))
    }
  }
  checkRights(route.class, exchange.identity)
}

/** What a page says that it asks on its own, while nobody is at it. Whoever changes something is there. */
function isInBackground({ repeat }: BoundRoute['route'], exchange: Exchange): boolean {
  return repeat === 'safe' && headerOf(exchange, backgroundHeader) !== undefined
}

async function identify(
  { authenticator, connections, authority, kernel }: PipelineParts,
  rights: BoundRoute['route']['class'],
  { exchange, isUse }: { readonly exchange: Exchange; readonly isUse: boolean },
): Promise<{ readonly isByCookie: boolean }> {
  const shown: Credentials = {
    isUse,
    authorization: headerOf(exchange, 'authorization'),
    sessionCookie: exchange.sessionCookie,
    certificateIdentity: () => identityShown(exchange.socket, authority(), kernel.wallMs()),
  }
  for (;;) {
    const { endings } = connections
    const { identity, isByCookie } = await authenticator.authenticate(rights, shown)
    exchange.identity = identity
    if (identity.kind !== 'agent') return { isByCookie }
    connections.add(identity.clientId, exchange.socket)
    // Somebody was cut off while we asked: it may have been this one, whose connection was not known yet.
    if (connections.endings === endings) return { isByCookie }
  }
}

type ReadRequest = { readonly call: ReadCall; readonly bytes: Uint8Array }

async function readRequest(
  { limits }: PipelineParts,
  { route, body, bodyBytesMax }: BoundRoute,
  exchange: Exchange,
): Promise<ReadRequest> {
  const { request, reply } = exchange
  checkBodyHeaders(route, request.raw, bodyBytesMax)
  if (body !== 'none' && headerOf(exchange, 'expect') !== undefined) reply.raw.writeContinue()
  const { bytes, value } =
    body === 'json'
      ? await readJson(request.raw, { ...limits, bytesMax: bodyBytesMax })
      : { bytes: new Uint8Array(), value: undefined }
  const call = readCall(route, {
    path: pathOf(request.params),
    query: queryOf(request.raw.url),
    body: value,
  })
  return { call, bytes }
}

function pathOf(params: unknown): Readonly<Record<string, string>> {
  assert(typeof params === 'object' && params !== null, 'the router gives parameters')
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

function queryOf(url: string | undefined): string {
  const at = url?.indexOf('?') ?? -1
  return at < 0 ? '' : (url ?? '').slice(at + 1)
}

async function checkNamed(
  { kernel, sessionOwner }: PipelineParts,
  { idsOf }: BoundRoute,
  exchange: Exchange,
  call: ReadCall,
): Promise<void> {
  const named = idsOf(call)
  exchange.ids = [...named.values()].flatMap((ids) => [...ids])
  exchange.isForeign = true
  await checkObjects({ db: kernel.catalog.db, sessionOwner }, exchange.identity, named)
  exchange.isForeign = false
}

/** The attempt counts before it is made: many at once are no way around. */
async function countingGuesses(
  { attempts }: PipelineParts,
  { isGuarded, named }: BoundRoute,
  { address, identity }: Exchange,
  { body }: ReadCall,
  perform: () => Promise<void>,
): Promise<void> {
  if (!isGuarded) return await perform()
  const attempt = attempts.begin(named.name, address, guessedAt(identity, body))
  try {
    await perform()
    attempt.succeeded()
  } catch (problem) {
    if (!isWrongGuess(problem)) attempt.withdrawn()
    throw problem
  }
}

function guessedAt(identity: Identity, body: unknown): string | undefined {
  if (identity.kind === 'user') return identity.userId
  const isLogin = typeof body === 'object' && body !== null && 'email' in body
  return isLogin && typeof body.email === 'string' ? body.email : undefined
}

async function perform(
  parts: PipelineParts,
  bound: BoundRoute,
  exchange: Exchange,
  call: ReadCall,
  bytes: Uint8Array,
): Promise<void> {
  const hold = await claimKey(parts, bound, exchange, bytes)
  if (hold?.kind === 'again') {
    exchange.headers['idempotency-replayed'] = 'true'
    sendRendered(exchange, { status: hold.status, text: hold.answer })
    return
  }
  try {
    await performOnce(parts, bound, exchange, call, hold)
  } catch (problem) {
    // An error of the catalogue left nothing behind. After a bug nobody knows, and the same call must not run again.
    if (isFailure(problem)) await hold?.release()
    throw problem
  }
}

type FirstHold = Extract<KeyHold, { readonly kind: 'first' }>

async function performOnce(
  parts: PipelineParts,
  bound: BoundRoute,
  exchange: Exchange,
  call: ReadCall,
  hold: FirstHold | undefined,
): Promise<void> {
  const { named, route } = bound
  const value = await bound.handle(call, contextOf(parts, bound, exchange))
  if (route.answer.kind === 'events') {
    await sendEvents(exchange, value, streamSurroundings(parts, bound, exchange))
    return
  }
  if (route.answer.kind === 'text' || route.answer.kind === 'bytes') {
    await parts.audit.done(auditedCall(named, exchange), undefined)
    await sendContent(exchange, route, value, streamSurroundings(parts, bound, exchange))
    return
  }
  const rendered = renderAnswer(route, value)
  await hold?.keep({ status: rendered.status, answer: rendered.text })
  await parts.audit.done(auditedCall(named, exchange), createdIdOf(value))
  tellChanged(parts.kernel, named, exchange.identity)
  if (bound.body === 'binary') partAfter(exchange.reply.raw, parts.limits.farewellMs)
  sendRendered(exchange, rendered)
}

async function claimKey(
  { keys }: PipelineParts,
  { named, route, body }: BoundRoute,
  exchange: Exchange,
  bytes: Uint8Array,
): Promise<KeyHold | undefined> {
  const { identity, request } = exchange
  const name = headerOf(exchange, 'idempotency-key')
  if (route.repeat !== 'key' || name === undefined || identity.kind === 'public') return undefined
  assert(body !== 'binary', 'what can be repeated by a key has no stream for a body')
  const secret = headerOf(exchange, 'authorization') ?? exchange.sessionCookie ?? ''
  return await keys.claim(identity, name, [named.name, request.raw.url ?? '', bytes], secret)
}

function contextOf(
  { kernel, limits }: PipelineParts,
  { body, bodyBytesMax }: BoundRoute,
  exchange: Exchange,
): CallContext {
  const { identity, signal, requestId, address, userAgent, sessionCookie, request } = exchange
  return {
    identity,
    signal,
    requestId,
    address,
    host: headerOf(exchange, 'host'),
    userAgent,
    sessionCookie,
    content:
      body === 'binary'
        ? readChunks(request.raw, { ...limits, bytesMax: bodyBytesMax })
        : undefined,
    setSessionCookie: (value) => {
      exchange.headers['set-cookie'] = setSessionCookie(value, kernel.wallMs())
    },
    note: (detail) => Object.assign(exchange.notes, detail),
  }
}

function streamSurroundings(parts: PipelineParts, bound: BoundRoute, exchange: Exchange) {
  const { kernel, limits } = parts
  return {
    limits,
    log: kernel.log,
    gapEvent: () =>
      ({
        kind: 'stream.gap',
        eventId: kernel.catalog.newId('event'),
        at: kernel.wallMs(),
      }) as const,
    checkCaller: async () => {
      await identify(parts, bound.route.class, { exchange, isUse: false })
      checkRights(bound.route.class, exchange.identity)
    },
  }
}

function auditedCall(named: BoundRoute['named'], exchange: Exchange): AuditedCall {
  const { identity, requestId, address, request, ids, notes } = exchange
  return { named, identity, requestId, address, url: request.raw.url ?? '', ids, notes }
}

/** Records begin with their own id. */
function createdIdOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const own = Object.entries(value).find(([key]) => key.endsWith('Id'))?.[1]
  return typeof own === 'string' ? own : undefined
}

async function refuse(
  { kernel, audit, limits }: PipelineParts,
  { named }: BoundRoute,
  exchange: Exchange,
  problem: unknown,
): Promise<number> {
  const { reply, requestId, signal, headers } = exchange
  const { raw } = reply
  if (raw.headersSent || raw.destroyed) {
    // The answer has begun: cut off, so that nobody takes the part for the whole.
    if (!signal.aborted) kernel.log.error({ problem, requestId }, 'An answer broke off.')
    raw.destroy()
    return 499
  }
  const isEnding = isFailure(problem, 'job.aborted') && signal.aborted
  const told = isEnding
    ? failure('server.not-ready', {}, problem)
    : failureToTell(problem, requestId, kernel.log)
  await audit.refused(auditedCall(named, exchange), told, exchange.isForeign)
  // What did not take place signs nobody in.
  delete headers['set-cookie']
  const { status, headers: own, text } = renderProblem(told, requestId)
  partAfter(raw, limits.farewellMs)
  sendBuffered(reply, { status, headers: { ...headers, ...own }, text })
  return status
}
