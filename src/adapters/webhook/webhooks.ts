/**
 * Sends one message to a receiver that somebody named (A19). The name is resolved once, every address it has is checked,
 * and the connection is made to these very addresses: a name that changes its answer meanwhile changes nothing. No redirect
 * is followed, time and size have limits, and of the answer no more than its status is told to anybody.
 */
import { isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, request } from 'undici'
import { failure, isFailure } from '#base'
import { addressRules } from './address-rules.ts'
import { type Resolve, resolveHost } from './resolve-host.ts'

export type WebhookCall = {
  /** http or https. */
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** A receiver may answer 200 and say in JSON that it refused: the number of that is looked at. */
  readonly refusalField?: string | undefined
}

export type Webhooks = {
  /** @throws webhook.address-refused, webhook.refused, webhook.unavailable */
  send(call: WebhookCall, signal: AbortSignal): Promise<void>
}

export type WebhooksRequest = {
  /** Hosts and ranges besides public ones; from the configuration file and from nowhere else. */
  readonly allowed?: readonly string[]
  readonly resolve?: Resolve
  /** PEM: trusted besides those that the machine trusts. */
  readonly authorities?: readonly string[]
  readonly timeoutMs?: number
}

const timeoutMsDefault = 15_000
const connectMsMax = 5_000
const answerBytesMax = 16_384
const addressesMax = 16

export function openWebhooks(given: WebhooksRequest = {}): Webhooks {
  const rules = addressRules(given.allowed)
  const resolve = given.resolve ?? resolveHost
  const timeoutMs = given.timeoutMs ?? timeoutMsDefault
  return {
    async send(call, signal) {
      const url = parseAddress(call.address)
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const host = url.hostname.replace(/^\[|\]$/g, '')
      const addresses = await checkedAddresses(host, limit)
      const connection = connectTo(addresses, { timeoutMs, authorities: given.authorities })
      try {
        await post(url, call, { connection, signal: limit })
      } catch (problem) {
        if (isFailure(problem)) throw problem
        throw failure(
          'webhook.unavailable',
          { host: url.host, problem: reasonOf(problem) },
          problem,
        )
      } finally {
        await connection.destroy()
      }
    },
  }

  async function checkedAddresses(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = isIP(host) === 0 ? await resolved(resolve, host, signal) : [host]
    for (const address of addresses) {
      const problem = rules.findProblem(host, address)
      if (problem !== undefined) throw failure('webhook.address-refused', { host, problem })
    }
    return addresses
  }
}

function parseAddress(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw failure('webhook.address-refused', { host: '?', problem: 'it is no address of the web' })
  }
  if (url.username !== '' || url.password !== '') {
    const problem = 'the address holds a password'
    throw failure('webhook.address-refused', { host: url.host, problem })
  }
  return url
}

async function resolved(
  resolve: Resolve,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const addresses = await Promise.race([resolve(host), aborted(signal)])
    if (addresses.length === 0) throw new Error('it has no address')
    return addresses.slice(0, addressesMax)
  } catch (problem) {
    throw failure('webhook.unavailable', { host, problem: reasonOf(problem) }, problem)
  }
}

/** The resolver of the system cannot be stopped; whoever waits for it can. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Whatever name is asked for, these addresses are the answer. */
function connectTo(
  addresses: readonly string[],
  given: { readonly timeoutMs: number; readonly authorities: readonly string[] | undefined },
): Dispatcher {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_, options, answer) => {
    const [first] = answers
    if (first === undefined) answer(new Error('no address'), '')
    else if (options.all === true) answer(null, answers)
    else answer(null, first.address, first.family)
  }
  return new Agent({
    connections: 1,
    pipelining: 0,
    maxResponseSize: answerBytesMax,
    headersTimeout: given.timeoutMs,
    bodyTimeout: given.timeoutMs,
    connect: {
      lookup,
      timeout: Math.min(connectMsMax, given.timeoutMs),
      ...(given.authorities === undefined
        ? {}
        : { ca: [...getCACertificates('default'), ...given.authorities] }),
    },
  })
}

async function post(
  url: URL,
  call: WebhookCall,
  given: { readonly connection: Dispatcher; readonly signal: AbortSignal },
): Promise<void> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { ...call.headers, 'user-agent': 'Holdfast' },
    body: call.body,
    dispatcher: given.connection,
    signal: given.signal,
  })
  const host = url.host
  if (statusCode < 200 || statusCode > 299) {
    await body.dump({ limit: answerBytesMax, signal: given.signal })
    throw failure('webhook.refused', { host, answer: String(statusCode) })
  }
  if (call.refusalField === undefined) {
    await body.dump({ limit: answerBytesMax, signal: given.signal })
    return
  }
  const number = readNumber(await body.text(), call.refusalField)
  if (number !== 0)
    throw failure('webhook.refused', { host, answer: `error ${number ?? 'unknown'}` })
}

/** A number is all that is taken out of an answer: its words are not for those who make channels. */
function readNumber(text: string, field: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null) return undefined
    const value: unknown = Reflect.get(answer, field)
    return Number.isSafeInteger(value) ? Number(value) : undefined
  } catch {
    return undefined
  }
}

/** Codes of the system and names of errors; texts of a receiver do not get into them. */
function reasonOf(problem: unknown): string {
  if (!(problem instanceof Error)) return 'it failed'
  if (problem instanceof AggregateError) return reasonOf(problem.errors[0])
  if (problem.name === 'TimeoutError') return 'it took too long'
  if (problem.name === 'AbortError') return 'it was ended'
  const code: unknown = Reflect.get(problem, 'code')
  return typeof code === 'string' ? code : problem.name
}
