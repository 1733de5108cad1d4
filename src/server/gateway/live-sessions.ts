/**
 * Sessions of agents while they are open: whose they are, and when nobody has called for too long. A session that ends
 * without a point makes durable what it took, so that the next attempt of the job need not send it again.
 */
import { type ByteString, failure, toHex } from '#base'
import type { ClientId, JobId, PointId, RestoreJobId, SessionId, VaultId } from '#contract'
import type { GuestSession, ReleasedBlocks } from '#vault'
import { addSessionPack } from '../catalog/index.ts'
import type { ServerKernel } from '../kernel.ts'
import type { PointOrigin } from '../vault-host.ts'

export const idleMs = 10 * 60_000
/** More would need more memory than a small server has; who comes later is told to wait. */
export const sessionsMax = 24

type Head = {
  readonly id: SessionId
  readonly clientId: ClientId
  readonly vaultId: VaultId
  /** Sealed blocks of the session, for the guest; what it may see is in there. */
  readonly released: () => Promise<ReleasedBlocks>
  readonly places: () => Promise<Uint8Array>
  /** Aborted when the session ends, however. */
  readonly signal: AbortSignal
  readonly close: () => Promise<void>
}

export type BackupSessionOfAgent = Head & {
  readonly kind: 'backup'
  readonly jobId: JobId
  /** An absolute path, as bytes. */
  readonly source: ByteString
  readonly guest: GuestSession
  readonly origin: PointOrigin
  readonly facts: {
    readonly host: string
    readonly retainForMs: number | undefined
    readonly openedAt: number
  }
}

export type RestoreSessionOfAgent = Head & {
  readonly kind: 'restore'
  readonly restoreJobId: RestoreJobId
  readonly pointId: PointId
}

export type LiveSession = BackupSessionOfAgent | RestoreSessionOfAgent

export class LiveSessions implements AsyncDisposable {
  readonly #kernel: Pick<ServerKernel, 'log' | 'wallMs' | 'catalog'>
  readonly #live = new Map<SessionId, { readonly session: LiveSession; timer: NodeJS.Timeout }>()
  readonly #closing = new Set<Promise<void>>()
  #opening = 0

  constructor(kernel: Pick<ServerKernel, 'log' | 'wallMs' | 'catalog'>) {
    this.#kernel = kernel
  }

  get count(): number {
    return this.#live.size
  }

  /** Room for one more, to be given back when it could not be opened. @throws server.busy */
  reserve(): Disposable {
    if (this.#live.size + this.#opening >= sessionsMax)
      throw failure('server.busy', { seconds: 30 })
    this.#opening++
    return { [Symbol.dispose]: () => this.#opening-- }
  }

  add(session: LiveSession): void {
    this.#live.set(session.id, { session, timer: this.#timerFor(session.id) })
  }

  /** Whose session it is; undefined when it is not open. */
  ownerOf(id: SessionId): ClientId | undefined {
    return this.#live.get(id)?.session.clientId
  }

  /** The session, which counts as used now. @throws session.unknown, also for the session of another agent */
  find(id: SessionId, clientId: ClientId): LiveSession {
    const entry = this.#live.get(id)
    if (entry === undefined || entry.session.clientId !== clientId)
      throw failure('session.unknown', { session: id })
    clearTimeout(entry.timer)
    entry.timer = this.#timerFor(id)
    return entry.session
  }

  #timerFor(id: SessionId): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#kernel.log.warn({ session: id }, 'a session was idle for too long and ends')
      void this.end(id)
    }, idleMs)
    return timer.unref()
  }

  /** Sessions of a client or a job that are still open: of an attempt before, say. */
  async endOf(matches: (session: LiveSession) => boolean): Promise<void> {
    const ids = [...this.#live.values()].filter(({ session }) => matches(session))
    await Promise.all(ids.map(({ session }) => this.end(session.id)))
  }

  /** Ends a session; what it took without a point is kept for the next attempt. */
  async end(id: SessionId): Promise<void> {
    const entry = this.#live.get(id)
    if (entry === undefined) return
    this.#live.delete(id)
    clearTimeout(entry.timer)
    const closing = this.#close(entry.session).finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
    await closing
  }

  async #close(session: LiveSession): Promise<void> {
    try {
      if (session.kind === 'backup') await this.#keepPacks(session)
    } catch (problem) {
      this.#kernel.log.warn({ session: session.id, problem }, 'what a session took is lost')
    }
    await session.close()
  }

  async #keepPacks({ guest, jobId, vaultId }: BackupSessionOfAgent): Promise<void> {
    if (guest.isCommitted) return
    await guest.flush(AbortSignal.timeout(idleMs))
    const { catalog, wallMs } = this.#kernel
    for (const { id, bytes } of guest.ownPacks) {
      const pack = { jobId, vaultId, pack: toHex(id), storedBytes: bytes, createdAt: wallMs() }
      await addSessionPack(catalog.db, pack)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#live.keys()].map((id) => this.end(id)))
    await Promise.all(this.#closing)
  }
}
