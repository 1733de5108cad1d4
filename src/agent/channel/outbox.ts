/**
 * What the agent has to tell the server. A message gets its number when it is first sent and keeps it until the server
 * says that it is kept: what is sent twice counts once. Progress, heartbeats and facts replace the one that waits, so that
 * memory stays bounded however long the server is away; report lines wait in files (spool.ts) and come one part at a time.
 */
import {
  type AgentMessage,
  agentMessage,
  type Encoded,
  encodeWire,
  messagesPerCallMax,
} from '#contract'

type Wire = Encoded<typeof agentMessage>

/** A message without what the outbox adds. */
export type Draft = AgentMessage extends infer One
  ? One extends AgentMessage
    ? Omit<One, 'number' | 'at'>
    : never
  : never

type Waiting = {
  readonly draft: Draft
  /** A later draft of the same slot takes its place while it waits. */
  readonly slot: string | undefined
  readonly at: number
  readonly settle: (fate: Fate) => void
}
/** dropped: the server will never take it. */
export type Fate = 'kept' | 'dropped'
type Sent = {
  readonly number: number
  readonly wire: Wire
  readonly settle: (fate: Fate) => void
}

/** Half of what listeners usually take. */
const batchBytesMax = 512 * 1024

export type OutboxOptions = {
  /** A new one at every start (64 hexadecimal digits). */
  readonly startId: string
  readonly wallMs: () => number
  /** A message that is none by the contract is dropped, so that our own mistake does not hold up all others for ever. */
  readonly onBroken: (kind: Draft['kind'], problem: unknown) => void
}

export class Outbox {
  readonly #options: OutboxOptions
  #waiting: Waiting[] = []
  #sent: Sent[] = []
  #number = 0
  #messagesMax = messagesPerCallMax
  #wake: () => void = () => {}

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Messages that the server has not said to have. */
  get size(): number {
    return this.#waiting.length + this.#sent.length
  }

  put(draft: Draft): void {
    this.#add(draft, () => {})
  }

  /** Resolves when the server keeps the message, or never will. */
  deliver(draft: Draft): Promise<Fate> {
    return new Promise((settle) => this.#add(draft, settle))
  }

  #add(draft: Draft, settle: (fate: Fate) => void): void {
    const slot = slotOf(draft)
    const added = { draft, slot, at: this.#options.wallMs(), settle }
    const same = slot === undefined ? -1 : this.#waiting.findIndex((one) => one.slot === slot)
    if (same < 0) this.#waiting.push(added)
    else this.#waiting[same] = added
    this.#wake()
  }

  /** Resolves once there is something to send, or when `signal` aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    if (this.size > 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#wake = () => {}
  }

  /** The body of the next call; the same again until it is acknowledged. Undefined: nothing waits. */
  take(): { readonly startId: string; readonly messages: readonly Wire[] } | undefined {
    if (this.#sent.length === 0) this.#numberWaiting()
    if (this.#sent.length === 0) return undefined
    const messages = this.#sent.slice(0, this.#messagesMax).map(({ wire }) => wire)
    return { startId: this.#options.startId, messages }
  }

  #numberWaiting(): void {
    let bytes = 0
    while (this.#sent.length < messagesPerCallMax) {
      const [next] = this.#waiting
      if (next === undefined) return
      const wire = this.#encode(next)
      if (wire === undefined) {
        this.#waiting.shift()
        next.settle('dropped')
        continue
      }
      bytes += JSON.stringify(wire).length
      if (bytes > batchBytesMax && this.#sent.length > 0) return
      this.#waiting.shift()
      this.#number++
      this.#sent.push({ number: this.#number, wire, settle: next.settle })
    }
  }

  #encode({ draft, at }: Waiting): Wire | undefined {
    try {
      return encodeWire(agentMessage, { ...draft, number: this.#number + 1, at })
    } catch (problem) {
      this.#options.onBroken(draft.kind, problem)
      return undefined
    }
  }

  /** @returns whether it acknowledged anything new */
  acknowledge(number: number): boolean {
    const kept = this.#sent.filter((one) => one.number <= number)
    this.#sent = this.#sent.filter((one) => one.number > number)
    if (this.#sent.length === 0) this.#messagesMax = messagesPerCallMax
    for (const { settle } of kept) settle('kept')
    return kept.length > 0
  }

  /**
   * The server will not have the batch as it is: messages go one by one from now, and one that is refused alone is
   * dropped, so that a single bad one does not hold up all others for ever.
   * @returns the message that was dropped
   */
  refuse(): Wire | undefined {
    if (this.#messagesMax > 1 && this.#sent.length > 1) {
      this.#messagesMax = 1
      return undefined
    }
    const dropped = this.#sent.shift()
    dropped?.settle('dropped')
    return dropped?.wire
  }
}

function slotOf(draft: Draft): string | undefined {
  switch (draft.kind) {
    case 'heartbeat':
    case 'facts':
      return draft.kind
    case 'progress':
      return `progress ${draft.jobId}`
    default:
      return undefined
  }
}
