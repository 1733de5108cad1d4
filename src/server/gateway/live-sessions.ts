/**
 * Sessions of agents while they are open: whose they are, and when nobody has called for too long. A session that ends
 * without a point makes durable what it took, so that the next attempt of the job need not send it again.
 */
import { type ByteString, failure, isFailure, toHex } from '#base'
import type { ClientId, JobId, PointId, RestoreJobId, SessionId, VaultId } from '#contract'
import type { GuestSession, ReleasedBlocks } from '#vault'
import { addSessionPack } from '../catalog/index.ts'
import type { ServerKernel } from '../kernel.ts'
import type { PointOrigin } from '../vault-host.ts'
import type { HostedVault } from './hosted-vault.ts'
import type { CountedSession } from './vault-room.ts'

export const idleMs = 10 * 60_000
/** So long the end of a session waits for what it began. */
const settleMsMax = 5 * 60_000
/** More would need more memory than a small server has; who comes later is told to wait. */
export const sessionsMax = 24

type Head = {
  readonly id: SessionId
  readonly clientId: ClientId
  readonly vaultId: VaultId
  readonly hosted: HostedVault
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
  /** Packs of it that the catalog knows of. */
  readonly notedPacks: Set<string>
  readonly facts: {
    readonly host: string
    readonly retainForMs: number | undefined
    readonly openedAt: number
    /** Of the vault; null: none. */
    readonly quotaBytes: number | null
  }
  /** Of its room in the vault. */
  readonly counted: CountedSession
}

export type RestoreSessionOfAgent = Head & {
  readonly kind: 'restore'
  readonly restoreJobId: RestoreJobId
  readonly pointId: PointId
}

export type LiveSession = BackupSessionOfAgent | RestoreSessionOfAgent

export type Opening = Disposable & { readonly isNewest: () => boolean }

type Entry = {
  readonly session: LiveSession
  /** Calls under way: while one runs, nobody is idle. */
  calls: number
  timer: NodeJS.Timeout | undefined
  /** Once it ends. */
  closing: Promise<void> | undefined
}

export class LiveSessions implements AsyncDisposable {
  readonly #kernel: Pick<ServerKernel, 'log' | 'wallMs' | 'catalog'>
  readonly #idleMs: number
  readonly #entries = new Map<SessionId, Entry>()
  #opening = 0
  /** The newest opening of each purpose. */
  readonly #newest = new Map<string, object>()
  #isClosed = false

  constructor(kernel: Pick<ServerKernel, 'log' | 'wallMs' | 'catalog'>, idleFor = idleMs) {
    this.#kernel = kernel
    this.#idleMs = idleFor
  }

  get count(): number {
    return this.#entries.size
  }

  /**
   * Room for one more, to be given back when it is open or could not be opened.
   * @param purpose a call that was lost on its way back is made again, and then there is one session too many
   * @throws server.busy
   */
  reserve(purpose: string): Opening {
    if (this.#isClosed || this.#entries.size + this.#opening >= sessionsMax)
      throw failure('server.busy', { seconds: 30 })
    this.#opening++
    const opening: Opening = {
      isNewest: () => this.#newest.get(purpose) === opening,
      [Symbol.dispose]: () => {
        this.#opening--
        if (opening.isNewest()) this.#newest.delete(purpose)
      },
    }
    this.#newest.set(purpose, opening)
    return opening
  }

  /** @throws session.unknown when the same was opened once more meanwhile */
  add(session: LiveSession, opening: Opening): void {
    if (!opening.isNewest() || this.#isClosed) throw unknown(session.id)
    const entry: Entry = { session, calls: 0, timer: undefined, closing: undefined }
    this.#entries.set(session.id, entry)
    this.#rest(entry)
  }

  /** Whose session it is; undefined when it is not open. */
  ownerOf(id: SessionId): ClientId | undefined {
    return this.#find(id)?.session.clientId
  }

  #find(id: SessionId): Entry | undefined {
    const entry = this.#entries.get(id)
    return entry?.closing === undefined ? entry : undefined
  }

  /**
   * Work of a call in a session, which is not idle meanwhile.
   * @throws session.unknown, also for the session of another agent, and when the session ends under the work
   */
  async use<T>(
    id: SessionId,
    clientId: ClientId,
    work: (session: LiveSession) => Promise<T>,
  ): Promise<T> {
    const entry = this.#find(id)
    if (entry === undefined || entry.session.clientId !== clientId) throw unknown(id)
    entry.calls++
    clearTimeout(entry.timer)
    try {
      return await work(entry.session)
    } catch (problem) {
      // It was stopped by the end of the session, and the agent did not ask for that.
      if (entry.session.signal.aborted && isFailure(problem, 'job.aborted')) throw unknown(id)
      throw problem
    } finally {
      entry.calls--
      this.#rest(entry)
    }
  }

  #rest(entry: Entry): void {
    if (entry.calls > 0 || entry.closing !== undefined) return
    const { id } = entry.session
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => {
      this.#kernel.log.warn({ session: id }, 'a session was idle for too long and ends')
      void this.end(id)
    }, this.#idleMs).unref()
  }

  /** Sessions of a client or a job that are still open: of an attempt before, say. */
  async endOf(matches: (session: LiveSession) => boolean): Promise<void> {
    const found = [...this.#entries.values()].filter(({ session }) => matches(session))
    await Promise.all(found.map(({ session }) => this.end(session.id)))
  }

  /** Ends a session; what it took without a point is kept for the next attempt. Never fails; resolves when it is over. */
  async end(id: SessionId): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    entry.closing ??= this.#close(entry.session).finally(() => this.#entries.delete(id))
    await entry.closing
  }

  async #close(session: LiveSession): Promise<void> {
    const { log } = this.#kernel
    try {
      if (session.kind === 'backup') await this.#keepPacks(session)
    } catch (problem) {
      log.warn({ session: session.id, problem }, 'what a session took is lost')
    }
    try {
      await session.close()
    } catch (problem) {
      log.warn({ session: session.id, problem }, 'a session did not end as it should')
    }
  }

  async #keepPacks(session: BackupSessionOfAgent): Promise<void> {
    // What was taken is stored first, and a commit that is under way comes to its end: half of one would be a riddle.
    await Promise.race([session.guest.settle(), aborted(AbortSignal.timeout(settleMsMax))])
    if (session.guest.isCommitted) return
    await session.guest.flush(AbortSignal.timeout(settleMsMax))
    await this.notePacks(session)
  }

  /** Writes down which packs it has made, so that the next attempt finds them however this process ends. */
  async notePacks(session: BackupSessionOfAgent): Promise<void> {
    const { guest, jobId, vaultId, notedPacks } = session
    const { catalog, wallMs } = this.#kernel
    for (const { id, bytes } of guest.ownPacks) {
      const name = toHex(id)
      if (notedPacks.has(name)) continue
      const pack = { jobId, vaultId, pack: name, storedBytes: bytes, createdAt: wallMs() }
      await addSessionPack(catalog.db, pack)
      notedPacks.add(name)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#entries.keys()].map((id) => this.end(id)))
  }
}

function unknown(id: SessionId): Error {
  return failure('session.unknown', { session: id })
}

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
