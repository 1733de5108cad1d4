/**
 * Who chooses where a restore goes sees the folders of the running machine. The question goes to its agent and the answer
 * is waited for here, whichever server process the agent speaks to.
 */
import { assert, type ByteString, failure } from '#base'
import {
  type AccountId,
  type FolderList,
  type InstanceId,
  pathToText,
  type UserId,
} from '#contract'
import { type JsonRecord, takeFolderAnswer } from '../../catalog/index.ts'
import type { CallContext } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { getReachable } from '../protection/reachable-instance.ts'
import { readAnswer } from './folder-answer.ts'
import { answerBell, patienceMs, putQuestion, type Question, takeBack } from './folder-question.ts'

/** An answer that came to another process rings no bell here. */
const lookMs = 400
export type QuestionLimits = {
  /** Of all users of this process. */
  readonly atOnceMax: number
  /** Of those of one account: none takes the folders of all others (A22). */
  readonly ofAccountMax: number
}
const usualLimits: QuestionLimits = { atOnceMax: 200, ofAccountMax: 40 }
const perMinuteMax = 90
const minuteMs = 60_000

export class FolderQuestions {
  readonly #kernel: ServerKernel
  /** By user and instance: a newer question ends the one before, so that none pile up. */
  readonly #open = new Map<string, AbortController>()
  readonly #limits: QuestionLimits
  #waiting = 0
  readonly #waitingOf = new Map<AccountId, number>()
  #asked = new Map<UserId, number>()
  #minute = 0

  constructor(kernel: ServerKernel, limits: QuestionLimits = usualLimits) {
    this.#kernel = kernel
    this.#limits = limits
    const endAll = () => {
      for (const own of this.#open.values()) own.abort()
    }
    kernel.ending.addEventListener('abort', endAll, { once: true })
  }

  /**
   * @throws instance.not-found, instance.not-running, agent.unreachable, what the agent refuses with, folder.superseded,
   * request.too-many, server.busy
   */
  async ask(
    { instanceId, path }: { readonly instanceId: InstanceId; readonly path: ByteString },
    { identity, signal }: Pick<CallContext, 'identity' | 'signal'>,
  ): Promise<FolderList> {
    const { userId, accountId } = userOf(identity)
    using _place = this.#admit(userId, accountId)
    const { instance, client } = await getReachable(this.#kernel, accountId, instanceId)
    const key = `${userId} ${instanceId}`
    this.#open.get(key)?.abort()
    const own = new AbortController()
    this.#open.set(key, own)
    const stop = () => own.abort()
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    try {
      const wirePath = pathToText(path)
      const question = await putQuestion(this.#kernel, client.id, wirePath)
      this.#kernel.doorbell.ring(instanceId)
      const answer =
        (await this.#wait(question, own.signal)) ?? (await takeBack(this.#kernel, question))
      if (answer !== undefined) return readAnswer(answer, wirePath)
    } finally {
      signal.removeEventListener('abort', stop)
      if (this.#open.get(key) === own) this.#open.delete(key)
    }
    if (signal.aborted) throw failure('job.aborted')
    if (this.#kernel.ending.aborted) throw failure('server.not-ready')
    if (own.signal.aborted) throw failure('folder.superseded')
    const problem = `its client has not answered within ${patienceMs / 1_000} s`
    throw failure('agent.unreachable', { instance: instance.name, problem })
  }

  /** Undefined: there is none when the time is over, or nobody wants it any more. */
  async #wait(question: Question, signal: AbortSignal): Promise<JsonRecord | undefined> {
    const { catalog, clock, doorbell } = this.#kernel
    const until = clock.now().upMs + patienceMs
    while (!signal.aborted && !this.#kernel.ending.aborted) {
      const left = until - clock.now().upMs
      // The bell is listened for before the question: what comes in between must not be missed.
      const round = new AbortController()
      const end = () => round.abort()
      signal.addEventListener('abort', end)
      try {
        const waited = Math.max(0, Math.min(lookMs, left))
        const rung = doorbell.wait(answerBell(question), waited, round.signal)
        const answer = await takeFolderAnswer(catalog.db, question)
        if (answer !== undefined) return answer
        if (left <= 0) return undefined
        await rung
      } finally {
        round.abort()
        signal.removeEventListener('abort', end)
      }
    }
    return undefined
  }

  /** @throws request.too-many, server.busy */
  #admit(userId: UserId, accountId: AccountId): Disposable {
    const before = this.#waitingOf.get(accountId) ?? 0
    if (this.#waiting >= this.#limits.atOnceMax || before >= this.#limits.ofAccountMax)
      throw failure('server.busy', { seconds: 5 })
    this.#checkPace(userId)
    this.#waiting += 1
    this.#waitingOf.set(accountId, before + 1)
    return { [Symbol.dispose]: () => this.#leave(accountId) }
  }

  #leave(accountId: AccountId): void {
    const left = (this.#waitingOf.get(accountId) ?? 0) - 1
    assert(left >= 0, 'who leaves had come')
    this.#waiting -= 1
    if (left === 0) this.#waitingOf.delete(accountId)
    else this.#waitingOf.set(accountId, left)
  }

  /** @throws request.too-many */
  #checkPace(userId: UserId): void {
    const now = this.#kernel.wallMs()
    const minute = Math.floor(now / minuteMs)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#asked = new Map()
    }
    const count = (this.#asked.get(userId) ?? 0) + 1
    this.#asked.set(userId, count)
    if (count <= perMinuteMax) return
    const seconds = Math.ceil(((minute + 1) * minuteMs - now) / 1_000)
    assert(seconds > 0, 'a minute ends after it began')
    throw failure('request.too-many', { seconds })
  }
}
