/**
 * The reference model: what must be true of the vault, kept beside it. It learns from what jobs were told and from the
 * ledger entries as they reach the storage, and knows the real time, which the vault does not.
 */
import { isDeepStrictEqual } from 'node:util'
import { equalBytes, toHex } from '#base'
import {
  applyLedgerEntry,
  type Cipher,
  decodeLedgerEntry,
  emptyLedgerState,
  type LedgerAction,
  type LedgerEntry,
  type LedgerState,
  type LockState,
  ledgerName,
  lockStates,
  numberOf,
  type ObjectName,
  open,
  type VaultKeys,
} from '#engine'
import type { SimulatedDisk } from './disks.ts'
import { StorageView } from './storage-view.ts'
import type { TreeState } from './tree-model.ts'

/** One try to make a point; its tag stands in the point. */
export type Attempt = {
  readonly tag: string
  readonly source: number
  readonly state: TreeState
  readonly retainForMs: number | undefined
  readonly beganAtMs: number
  /** Its id, once the job was told that the point exists. */
  acknowledged: string | undefined
}

type LivingPoint = {
  readonly attempt: Attempt
  readonly held: boolean
  /** Real time before which nothing may end its retention. */
  readonly keepUntilMs: number
  /** In the trash, by the word of a person; real time before which it may not go from there. */
  readonly trashedUntilMs: number | undefined
  readonly chunks: ReadonlySet<string>
}

type Seen = {
  readonly name: ObjectName
  readonly sealed: Uint8Array
  readonly state: LedgerState
  readonly points: ReadonlyMap<string, LivingPoint>
  /** What it says cannot be undone by forgetting it. */
  readonly isFinal: boolean
}

/** What somebody was told about a point that lives. */
export type PointPromise = Extract<LedgerAction, { readonly kind: 'hold' | 'extend' | 'untrash' }>

export type TruthParts = {
  readonly disk: SimulatedDisk
  readonly cipher: Cipher
  readonly keys: VaultKeys
  readonly nowMs: () => number
  readonly violate: (problem: string) => void
  readonly note: (text: string) => void
}

export class Truth {
  readonly attempts = new Map<string, Attempt>()
  points: ReadonlyMap<string, LivingPoint> = new Map()
  /** Ids of points that a person asked to expire before their time, at once or by way of the trash. */
  readonly requested = { atOnce: new Set<string>(), trash: new Set<string>() }
  /** Whether every expiry keeps the newest point of each source. */
  state: LedgerState = emptyLedgerState
  /** Chunks that any point ever needed. */
  readonly everNeeded = new Set<string>()
  /** Packs whose deletion was announced and not yet carried out. */
  announced: ReadonlySet<string> = new Set()
  /** Ids of points that a commit entry ever named. */
  readonly committed = new Set<string>()
  deletedPacks = 0
  commits = 0
  readonly #parts: TruthParts
  readonly view: StorageView
  readonly #acknowledgedEntries = new Map<ObjectName, string>()
  /** Every entry that was seen, and what was true before it. */
  readonly #history: Seen[] = []
  /** Entries that spoke of a point while it lived. */
  #promises: readonly LedgerEntry[] = []
  #trustedAtMost = 0
  /** Entries vanished since the last one that was seen; the next may have any number. */
  #hasGap = false
  #owedLock: LockState = 'off'

  constructor(parts: TruthParts) {
    this.#parts = parts
    this.view = new StorageView(parts)
  }

  /** Takes in the entries that reached the storage since the last look. */
  audit(): void {
    for (;;) {
      const name = this.#nextName()
      const sealed = this.#parts.disk.peek(name)
      if (sealed === undefined || sealed.length === 0) return
      const entry = this.#decode(name, sealed)
      if (entry === undefined) return
      const isFinal = ['expire', 'sweep', 'swept', 'rebuild'].includes(entry.action.kind)
      this.#history.push({ name, sealed, state: this.state, points: this.points, isFinal })
      this.#judge(entry)
      this.state = applyLedgerEntry(this.state, entry)
      this.#follow(entry)
    }
  }

  /** After a power cut: entries that nobody was told of may be gone, others may not. */
  auditAgain(): void {
    for (const [name, content] of this.#acknowledgedEntries) {
      const there = this.#parts.disk.peek(name)
      if (there === undefined || toHex(there) !== content)
        this.#parts.violate(`the acknowledged ledger entry ${name} is lost`)
    }
    const lost = this.#history.findIndex(({ name, sealed }) => {
      const there = this.#parts.disk.peek(name)
      return there === undefined || !equalBytes(there, sealed)
    })
    const before = this.#history[lost]
    if (before !== undefined) {
      this.#parts.note(`${this.#history.length - lost} unacknowledged ledger entries are lost`)
      this.#history.length = lost
      this.state = before.state
      this.points = new Map(before.points)
      this.#promises = this.#promises.filter(({ number }) => number <= before.state.number)
      this.#trustedAtMost = before.state.trustedAt
    }
    this.audit()
  }

  /**
   * Cuts for which the point records are proof: the number of the last entry that stays. None lies before an expiry or a
   * deletion: what went by right would come back without its packs.
   */
  provableCuts(isProof: (state: LedgerState) => boolean): number[] {
    this.audit()
    return this.#history.flatMap(({ state }, i) => {
      const isSafe = this.#history.slice(i).every(({ isFinal }) => !isFinal)
      return isSafe && state.number > 0 && isProof(state) ? [state.number] : []
    })
  }

  /** The entries after this one are gone. What they promised is still owed. */
  cutAfter(last: number): ObjectName[] {
    const at = this.#history.findIndex(({ state }) => state.number === last)
    const gone = this.#history.splice(at)
    for (const { name } of gone) this.#acknowledgedEntries.delete(name)
    this.#owedLock = this.state.lock
    this.state = gone[0]?.state ?? this.state
    this.announced = new Set()
    // The time that only they knew is lost with them; retention ends later for it.
    this.#trustedAtMost = this.state.trustedAt
    this.#hasGap = true
    return gone.map(({ name }) => name)
  }

  #nextName(): ObjectName {
    if (!this.#hasGap) return ledgerName(this.state.number + 1)
    const later = this.#parts.disk
      .names('ledger')
      .filter((name) => numberOf(name) > this.state.number)
    return later[0] ?? ledgerName(this.state.number + 1)
  }

  /** A ledger that was begun anew keeps every point and every promise. */
  #followRebuild({ points, lock }: LedgerState): void {
    for (const [id, { held, attempt }] of this.points) {
      const marks = points.get(id)
      if (marks === undefined) this.#parts.violate(`a repair forgets the point ${attempt.tag}`)
      else if (held && marks.holds.length === 0)
        this.#parts.violate(`a repair forgets that ${attempt.tag} is held`)
    }
    if (lockStates.indexOf(lock) < lockStates.indexOf(this.#owedLock))
      this.#parts.violate(`a repair turns the lock ${this.#owedLock} to ${lock}`)
    for (const id of points.keys()) if (!this.points.has(id)) this.#addPoint(id)
    this.#hasGap = false
  }

  /**
   * Whether an entry of this epoch, after the one with number `since`, says so of a point that lived. The teller may sleep
   * between his entry and his answer, and the next owner may have released the point meanwhile, or let it expire by right:
   * that entry is judged when it comes, by what this one set.
   */
  wasPromised(action: PointPromise, { since, epoch }: { since: number; epoch: number }): boolean {
    this.audit()
    return this.#promises.some(
      (entry) =>
        entry.number > since && entry.epoch === epoch && isDeepStrictEqual(entry.action, action),
    )
  }

  entryWasPut(name: ObjectName, bytes: Uint8Array): void {
    this.#acknowledgedEntries.set(name, toHex(bytes))
    this.audit()
  }

  /** From its announcement on a pack whose deletion may be under way is not named anew (invariant I3). */
  segmentWasPut(name: ObjectName): void {
    this.audit()
    const before = this.view.indexedPacks(name)
    const raised = this.view
      .packsOfSegment(name)
      .find((pack) => this.announced.has(pack) && !before.has(pack))
    if (raised !== undefined)
      this.#parts.violate(`${raised.slice(0, 13)} is named again, but its deletion was announced`)
  }

  /** A pack is about to be removed: everything that living points need must be elsewhere. */
  packWillGo(name: ObjectName): void {
    this.audit()
    this.deletedPacks++
    this.#parts.note(`removes ${name.slice(0, 13)}`)
    const gone = new Set(this.view.chunksIn(name))
    for (const other of this.#parts.disk.names('pack')) {
      if (other !== name) for (const chunk of this.view.chunksIn(other)) gone.delete(chunk)
    }
    if (gone.size === 0) return
    for (const [id, { chunks, attempt }] of this.points) {
      const lost = [...chunks].find((chunk) => gone.has(chunk))
      if (lost === undefined) continue
      this.#parts.violate(
        `${name.slice(0, 13)} is removed, but ${attempt.tag} (${id.slice(0, 8)}) needs its chunk ${lost.slice(0, 8)}`,
      )
    }
  }

  recordWillGo(name: ObjectName): void {
    this.audit()
    const id = name.slice('point/'.length)
    if (this.points.has(id))
      this.#parts.violate(`the record of the living point ${id.slice(0, 8)} is removed`)
  }

  /** Packs of which no living point needs anything. */
  superfluousPacks(): ObjectName[] {
    const needed = new Set([...this.points.values()].flatMap(({ chunks }) => [...chunks]))
    return this.#parts.disk
      .names('pack')
      .filter((name) => ![...this.view.chunksIn(name)].some((chunk) => needed.has(chunk)))
  }

  #decode(name: ObjectName, sealed: Uint8Array): LedgerEntry | undefined {
    const { cipher, keys } = this.#parts
    try {
      return decodeLedgerEntry(
        open(cipher, keys.meta, { kind: 'ledger', sealed, object: name }),
        name,
      )
    } catch (problem) {
      this.#parts.violate(`the ledger entry ${name} cannot be read: ${String(problem)}`)
      return undefined
    }
  }

  #judge(entry: LedgerEntry): void {
    const { action } = entry
    if (action.kind !== 'claim' && action.kind !== 'rebuild' && entry.epoch !== this.state.epoch)
      this.#parts.violate(`entry ${entry.number} is of epoch ${entry.epoch}, which is over`)
    if (entry.trustedAt < this.#trustedAtMost) this.#parts.violate('trusted time falls')
    if (entry.trustedAt > this.#parts.nowMs())
      this.#parts.violate('trusted time is ahead of real time')
    this.#trustedAtMost = entry.trustedAt
    if (action.kind === 'expire') for (const id of action.points) this.#judgeExpiry(id)
    this.#parts.note(`entry ${entry.number} (epoch ${entry.epoch}): ${describe(entry)}`)
  }

  #judgeExpiry(id: string): void {
    const point = this.points.get(id)
    if (point === undefined) return
    const who = `${point.attempt.tag} (${id.slice(0, 8)})`
    if (point.held) this.#parts.violate(`${who} expires although it is held`)
    const now = this.#parts.nowMs()
    const { keepUntilMs, trashedUntilMs = Number.POSITIVE_INFINITY } = point
    const isAskedFor = this.requested.atOnce.has(id) || trashedUntilMs <= now
    if (keepUntilMs > now && !(isAskedFor && this.state.lock === 'off'))
      this.#parts.violate(`${who} expires before its time`)
  }

  #follow(entry: LedgerEntry): void {
    const { action } = entry
    if (isPromise(action) && this.points.has(action.point))
      this.#promises = [...this.#promises, entry]
    if (action.kind === 'commit') this.#addPoint(action.point)
    if (action.kind === 'rebuild' && this.#hasGap) this.#followRebuild(action.state)
    if (action.kind === 'expire') {
      const points = new Map(this.points)
      for (const id of action.points) points.delete(id)
      this.points = points
    }
    if (action.kind === 'sweep')
      this.announced = this.announced.union(new Set(action.deletions.map(({ pack }) => pack)))
    if (action.kind === 'swept' || action.kind === 'resurrect')
      this.announced = this.announced.difference(new Set(action.packs))
    if (action.kind === 'trash' && !this.requested.trash.has(action.point))
      this.#parts.violate(`${action.point.slice(0, 8)} goes to the trash, and nobody asked for it`)
    // Trusted time is never ahead of real time, so this is the earliest end.
    if (action.kind === 'trash') this.#change(action.point, { trashedUntilMs: action.until })
    if (action.kind === 'untrash') this.#change(action.point, { trashedUntilMs: undefined })
    if (action.kind === 'hold' || action.kind === 'release')
      this.#change(action.point, { held: action.kind === 'hold' })
    if (action.kind === 'extend') {
      const until = action.until ?? Number.POSITIVE_INFINITY
      const keepUntilMs = Math.max(until, this.points.get(action.point)?.keepUntilMs ?? 0)
      this.#change(action.point, { keepUntilMs })
    }
  }

  #change(id: string, change: Partial<LivingPoint>): void {
    const point = this.points.get(id)
    if (point !== undefined) this.points = new Map(this.points).set(id, { ...point, ...change })
  }

  /** A commit entry is there: from now on the point must be whole, whether its job was told so or not. */
  #addPoint(id: string): void {
    const point = this.view.point(id)
    const attempt = this.attempts.get(point?.tags[0] ?? '')
    if (point === undefined || attempt === undefined) {
      this.#parts.violate(`the ledger names the point ${id.slice(0, 8)}, whose record is not there`)
      return
    }
    const chunks = this.view.needs(point)
    if (typeof chunks === 'string') {
      this.#parts.violate(`${attempt.tag} (${id.slice(0, 8)}) is committed, but ${chunks}`)
      return
    }
    this.commits++
    this.committed.add(id)
    for (const chunk of chunks) this.everNeeded.add(chunk)
    const { retainForMs, beganAtMs } = attempt
    const keepUntilMs =
      retainForMs === undefined ? Number.POSITIVE_INFINITY : beganAtMs + retainForMs
    this.points = new Map(this.points).set(id, {
      attempt,
      held: false,
      keepUntilMs,
      trashedUntilMs: undefined,
      chunks,
    })
  }
}

function isPromise(action: LedgerAction): action is PointPromise {
  return action.kind === 'hold' || action.kind === 'extend' || action.kind === 'untrash'
}

function describe({ action }: LedgerEntry): string {
  const short = (names: readonly string[]) => names.map((name) => name.slice(0, 13)).join(' ')
  switch (action.kind) {
    case 'condemn':
      return `condemn (${action.reason}) ${short(action.packs)}`
    case 'resurrect':
    case 'swept':
      return `${action.kind} ${short(action.packs)}`
    case 'expire':
      return `expire ${action.points.map((id) => id.slice(0, 8)).join(' ')} (${action.reason})`
    case 'commit':
    case 'hold':
    case 'release':
    case 'extend':
    case 'trash':
    case 'untrash':
      return `${action.kind} ${action.point.slice(0, 8)}`
    case 'claim':
      return `claim by ${action.holder}`
    case 'sweep':
      return `sweep ${short(action.deletions.map(({ pack }) => pack))}`
    default:
      return action.kind
  }
}
