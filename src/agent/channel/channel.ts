/**
 * The two calls that go on for ever: one asks for assignments and waits, one sends what the outbox holds. Each has its own
 * back-off. Both end when the identity is revoked, and when `signal` aborts.
 */
import { type Failure, isFailure } from '#base'
import { type ApiClient, type Assignment, laterWords, routes } from '#contract'
import type { Clock } from '#ports'
import { asFailure, askedMsOf } from '../as-failure.ts'
import type { AgentLog } from '../ports.ts'
import { BackOff, reconnecting } from './back-off.ts'
import type { Outbox } from './outbox.ts'

export type ChannelTools = {
  readonly client: () => ApiClient
  readonly clock: Clock
  readonly chance: () => number
  readonly log: AgentLog
}

/** Below what proxies take for a dead connection. */
const waitSeconds = 30
const answerMsMax = 30_000
const handledMax = 10_000
/** A server that gives what we have had, again and again. */
const repeatPauseMs = 1_000

/** @param take is done with the assignments, and has them on disk, when it resolves. @throws agent.revoked */
export async function pollAssignments(
  tools: ChannelTools & { readonly startId: string },
  lastNumber: () => number,
  take: (assignments: readonly Assignment[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const line = new Line(tools, 'assignments')
  const { startId } = tools
  // One that an earlier start had may come again, when the server never heard of it; one of this start may not.
  const handled = new Set<number>()
  let later: { readonly knows?: typeof laterWords } = { knows: laterWords }
  while (!signal.aborted) {
    const answer = await line.attempt(signal, async (limit) => {
      const query = { after: lastNumber(), startId, waitSeconds, ...later }
      const own = { signal: limit(waitSeconds * 1_000 + answerMsMax) }
      try {
        return await tools.client().call(routes.agent.assignments, { query }, own)
      } catch (problem) {
        // A server that is older than this word refuses it, and gives nothing of what is newer.
        if (isFailure(problem, 'request.invalid')) later = {}
        throw problem
      }
    })
    if (answer === undefined) continue
    const fresh = answer.assignments.filter(({ number }) => !handled.has(number))
    for (const { number } of fresh) handled.add(number)
    if (handled.size > handledMax) forgetOldest(handled)
    if (fresh.length > 0) await take(fresh.toSorted((a, b) => a.number - b.number))
    const isRepeat = fresh.length === 0 && answer.assignments.length > 0
    const pauseMs = answer.pauseMs ?? (isRepeat ? repeatPauseMs : 0)
    if (pauseMs > 0) await line.pause(pauseMs, signal)
  }
}

/** @throws agent.revoked */
export async function sendMessages(
  tools: ChannelTools & { readonly outbox: Outbox; readonly onKept: () => void },
  signal: AbortSignal,
): Promise<void> {
  const line = new Line(tools, 'messages')
  while (!signal.aborted) {
    await tools.outbox.filled(signal)
    await sendOnce(tools, line, signal)
  }
}

export async function sendOnce(
  tools: ChannelTools & { readonly outbox: Outbox; readonly onKept: () => void },
  line: Line,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, log } = tools
  const body = outbox.take()
  if (body === undefined || signal.aborted) return
  const answer = await line.attempt(signal, async (limit) => {
    try {
      const own = { signal: limit(answerMsMax) }
      return await tools.client().call(routes.agent.report, { body }, own)
    } catch (problem) {
      if (!isFailure(problem) || !isUnsendable(problem)) throw problem
      const dropped = outbox.refuse()
      if (dropped !== undefined) log.warn(`a message was refused and is dropped`, problem)
      return undefined
    }
  })
  if (answer === undefined) return
  if (outbox.acknowledge(answer.number)) tools.onKept()
  // A server that keeps nothing of what it takes is asked again slowly.
  else await line.pause(1_000, signal)
}

/** One of the two calls: waits after a failure, longer after each. */
export class Line {
  readonly #tools: ChannelTools
  readonly #name: string
  readonly #backOff: BackOff

  constructor(tools: ChannelTools, name: string) {
    this.#tools = tools
    this.#name = name
    this.#backOff = new BackOff(reconnecting, tools.chance)
  }

  /** @returns undefined after a failure, once it is time for the next try. @throws agent.revoked */
  async attempt<Answer>(
    signal: AbortSignal,
    call: (limit: (milliseconds: number) => AbortSignal) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const limit = (ms: number) => AbortSignal.any([signal, AbortSignal.timeout(ms)])
    try {
      const answer = await call(limit)
      this.#recover()
      return answer
    } catch (problem) {
      if (signal.aborted || isFailure(problem, 'agent.revoked')) return ended(problem, signal)
      const known = asFailure(problem)
      const wait = this.#backOff.next(askedMsOf(known))
      this.#complain(known, wait)
      await this.pause(wait, signal)
      return undefined
    }
  }

  async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#tools.clock.sleep(milliseconds, signal)
    } catch (problem) {
      if (!isFailure(problem, 'job.aborted')) throw problem
    }
  }

  #recover(): void {
    if (this.#backOff.failures > 0) this.#tools.log.info(`the server answers again (${this.#name})`)
    this.#backOff.reset()
  }

  /** Not every time: a server that is away for a day would fill the log. */
  #complain(problem: Failure, wait: number): void {
    const { failures } = this.#backOff
    if (failures > 3 && failures % 20 !== 0) return
    this.#tools.log.warn(`${this.#name}: next try in ${Math.round(wait / 1_000)} s`, problem)
  }
}

function ended(problem: unknown, signal: AbortSignal): undefined {
  if (isFailure(problem, 'agent.revoked')) throw problem
  if (signal.aborted) return undefined
  throw problem
}

/** The server read the batch and will never take it as it is; jobs of a catalog that was lost stay unknown to it. */
function isUnsendable({ code }: Failure): boolean {
  return ['request.invalid', 'request.too-large', 'record.not-found'].includes(code)
}

function forgetOldest(handled: Set<number>): void {
  const [oldest] = handled
  if (oldest !== undefined) handled.delete(oldest)
}
