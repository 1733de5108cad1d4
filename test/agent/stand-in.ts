/**
 * The server's end of the channel, over real HTTPS, from the table of routes: it enrols, renews, hands out assignments and
 * keeps messages. What it says of them (a message that comes twice counts once) is what the contract says.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { type Failure, failure, isFailure } from '#base'
import {
  type AgentMessage,
  type Assignment,
  type Call,
  type CallAnswer,
  idFromBytes,
  pathOf,
  problemMedia,
  problemOf,
  type RouteSpec,
  readCall,
  routes,
  writeAnswer,
} from '#contract'
import { fingerprintOf, issue, type KeyAndCertificate, selfSigned } from './certificates.ts'

export const activationCode = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

export type StandInOptions = { readonly heartbeatSeconds?: number; readonly certificateMs?: number }

type Entry = { readonly startId: string; readonly message: AgentMessage }

/** What distributes over a union, without its number. */
export type NewAssignment = Assignment extends infer One
  ? One extends Assignment
    ? Omit<One, 'number'>
    : never
  : never

export class StandIn implements AsyncDisposable {
  readonly #options: StandInOptions
  readonly #own: KeyAndCertificate
  #server: Server | undefined
  #port = 0
  #codeUsed = false
  #assignments: Assignment[] = []
  #number = 0
  #wake: (() => void)[] = []
  /** Everything that was kept, in the order of its arrival. */
  readonly kept: Entry[] = []
  readonly #seen = new Set<string>()
  readonly enrolments: Call<typeof routes.agent.enrol>['body'][] = []
  readonly renewals: string[] = []
  readonly certificates: string[] = []
  readonly programs = new Map<string, Uint8Array>()
  isRevoked = false
  pauseMs: number | undefined
  polls = 0
  /** A server of before: it refuses words that came later. */
  isOld = false
  /** Answers of `report` that are lost on their way. */
  answersToLose = 0
  /** Thrown at every report for which it says so. */
  refuse: (message: AgentMessage) => Failure | undefined = () => undefined

  constructor(options: StandInOptions = {}) {
    this.#options = options
    this.#own = selfSigned('holdfast')
  }

  static async start(options?: StandInOptions): Promise<StandIn> {
    const server = new StandIn(options)
    await server.up()
    return server
  }

  get address(): string {
    return `https://127.0.0.1:${this.#port}`
  }

  get fingerprint(): string {
    return fingerprintOf(this.#own.cert)
  }

  async up(): Promise<void> {
    const tls = { ...this.#own, ca: this.#own.cert, requestCert: true, rejectUnauthorized: false }
    const server = createServer(tls, (request, response) => void this.#answer(request, response))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
  }

  /** As when it is killed: every connection is cut. */
  async down(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    this.#ring()
    await closed
  }

  assign(assignment: NewAssignment): number {
    this.#number++
    this.#assignments.push({ ...assignment, number: this.#number })
    this.#ring()
    return this.#number
  }

  messages<Kind extends AgentMessage['kind']>(kind: Kind): Extract<AgentMessage, { kind: Kind }>[] {
    return this.kept.flatMap(({ message }) => (isKind(message, kind) ? [message] : []))
  }

  /** Waits until a message of the kind is there that fits. */
  async message<Kind extends AgentMessage['kind']>(
    kind: Kind,
    fits: (message: Extract<AgentMessage, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<AgentMessage, { kind: Kind }>> {
    for (let waited = 0; waited < 20_000; waited += 20) {
      const found = this.messages(kind).find(fits)
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const kinds = [...new Set(this.kept.map(({ message }) => message.kind))].join(' ')
    throw new Error(`no ${kind} came within 20 s; there were: ${kinds}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }

  #ring(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '', 'https://x')
      const raw = (await buffer(request)).toString()
      const body: unknown = raw === '' ? undefined : JSON.parse(raw)
      const call = { path: {}, query: url.search.slice(1), body }
      const build = /\/client\/([\w-]+)$/.exec(url.pathname)?.[1]
      if (build !== undefined) {
        response.end(this.programs.get(build) ?? new Uint8Array())
        return
      }
      const said = await this.#serve(`${request.method} ${url.pathname}`, call, request)
      if (said === undefined) request.socket.destroy()
      else respond(response, said.spec.answer.status, 'application/json', said.value)
    } catch (problem) {
      const known = isFailure(problem)
        ? problem
        : failure('server.fault', { request: String(problem) })
      respond(response, known.entry.status, problemMedia, problemOf(known))
    }
  }

  async #serve(what: string, raw: Parameters<typeof readCall>[1], request: IncomingMessage) {
    const { enrol, renew, assignments, report } = routes.agent
    const written = <Spec extends RouteSpec>(spec: Spec, value: CallAnswer<Spec>) => ({
      spec,
      value: writeAnswer(spec, value),
    })
    if (what === named(enrol)) return written(enrol, this.#enrol(readCall(enrol, raw).body))
    const peer = (request.socket as TLSSocket).getPeerCertificate()
    if (!(request.socket as TLSSocket).authorized) throw failure('auth.required')
    if (this.isRevoked) throw failure('agent.revoked')
    this.certificates.push(peer.fingerprint256)
    if (what === named(renew)) {
      const { publicKey } = readCall(renew, raw).body
      this.renewals.push(publicKey)
      return written(renew, this.#identity(publicKey))
    }
    if (what === named(assignments)) {
      const { query } = readCall(assignments, raw)
      if (this.isOld && query.knows !== undefined) throw failure('request.invalid')
      return written(assignments, await this.#wait(query))
    }
    if (what === named(report)) {
      const number = this.#keep(readCall(report, raw).body)
      if (this.answersToLose-- > 0) return undefined
      return written(report, { number })
    }
    throw failure('route.not-found', { method: '', path: what })
  }

  #enrol(body: Call<typeof routes.agent.enrol>['body']) {
    if (this.#codeUsed || body.code !== activationCode) throw failure('activation.code-refused')
    this.#codeUsed = true
    this.enrolments.push(body)
    return this.#identity(body.publicKey)
  }

  #identity(publicKey: string): CallAnswer<typeof routes.agent.enrol> {
    return {
      instanceId: idFromBytes('instance', new Uint8Array(16).fill(1)),
      clientId: idFromBytes('client', new Uint8Array(16).fill(2)),
      certificate: issue(this.#own, publicKey, { name: 'client', use: 'clientAuth' }),
      authority: this.#own.cert,
      expiresAt: Date.now() + (this.#options.certificateMs ?? 30 * 86_400_000),
      heartbeatSeconds: this.#options.heartbeatSeconds ?? 1,
    }
  }

  async #wait({ after, waitSeconds = 0 }: Call<typeof routes.agent.assignments>['query']) {
    this.polls++
    const fresh = () => this.#assignments.filter(({ number }) => number > after)
    if (fresh().length === 0 && waitSeconds > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitSeconds * 1_000)
        this.#wake.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    if (this.isRevoked) throw failure('agent.revoked')
    return { assignments: fresh(), ...(this.pauseMs !== undefined && { pauseMs: this.pauseMs }) }
  }

  #keep({ startId, messages }: Call<typeof routes.agent.report>['body']): number {
    for (const message of messages) {
      const refusal = this.refuse(message)
      if (refusal !== undefined) throw refusal
    }
    let last = 0
    for (const message of messages) {
      last = message.number
      const key = `${startId} ${message.number}`
      if (this.#seen.has(key)) continue
      this.#seen.add(key)
      this.kept.push({ startId, message })
    }
    return last
  }

  /** A new code for a machine that was revoked: it becomes a client anew, and numbers begin anew. */
  forgive(): void {
    this.#codeUsed = false
    this.isRevoked = false
    this.#assignments = []
    this.#number = 0
  }

  revoke(): void {
    this.isRevoked = true
    this.#ring()
  }
}

export function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

function isKind<Kind extends AgentMessage['kind']>(
  message: AgentMessage,
  kind: Kind,
): message is Extract<AgentMessage, { kind: Kind }> {
  return message.kind === kind
}

function named(spec: RouteSpec): string {
  return `${spec.method} ${pathOf(spec)}`
}

function respond(response: ServerResponse, status: number, media: string, value: unknown): void {
  response.writeHead(status, { 'content-type': media })
  response.end(JSON.stringify(value))
}
