/**
 * What goes into the audit log (H6): every call that changed something, every one that took out what is read elsewhere from
 * then on, and every one that was refused. Of agents only what begins and ends something: blocks and heartbeats come by the
 * thousand. Never a body, never a secret.
 */
import type { ErrorCode, Failure } from '#base'
import type { AuditResult, NamedRoute } from '#contract'
import { networkOf } from '../authorization/attempts.ts'
import { callerOf } from '../authorization/rights.ts'
import { addAuditEvent } from '../catalog/journal/audit-log.ts'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import { RecentReads } from './recent-reads.ts'
import { isRefusedDeletion, type RefusedDeletions } from './refused-deletions.ts'

export type AuditNote = Readonly<Record<string, string | number | boolean>>

export type AuditedCall = {
  readonly named: NamedRoute
  readonly identity: Identity
  readonly requestId: string
  readonly address: string
  /** Path and query as they came; never written down as they are. */
  readonly url: string
  /** Ids that the call names, those of the path first. */
  readonly ids: readonly string[]
  readonly notes: AuditNote
}

/** Refusals of one network in a minute; more are counted and logged, so that nobody fills the disk by knocking. */
const refusalsPerMinuteMax = 60
const addressesMax = 10_000
const idsInDetailMax = 20
const minuteMs = 60_000

const ofAgents: ReadonlySet<string> = new Set([
  'agent.enrol',
  'agent.renew',
  'sessions.open',
  'sessions.commit',
])
/** Said by what stands before every handler: worth a trace also when the call only wanted to read. */
const refusalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'agent.revoked',
  'auth.cross-site',
  'auth.csrf',
  'auth.forbidden',
  'auth.refused',
  'auth.required',
  'auth.scope-missing',
  'auth.too-many-attempts',
])

export class AuditTrail {
  readonly #kernel: ServerKernel
  readonly #refusedDeletions: RefusedDeletions | undefined
  readonly #addressesMax: number
  readonly #reads: RecentReads
  #refusals = new Map<string, number>()
  #minute = 0
  /** More addresses in this minute than are counted. */
  #isCrowded = false

  constructor(
    kernel: ServerKernel,
    refusedDeletions?: RefusedDeletions,
    limits = { addressesMax },
  ) {
    this.#kernel = kernel
    this.#refusedDeletions = refusedDeletions
    this.#addressesMax = limits.addressesMax
    this.#reads = new RecentReads(kernel.wallMs)
  }

  async done(call: AuditedCall, createdId: string | undefined): Promise<void> {
    const { named } = call
    if (named.route.repeat === 'safe') {
      if (named.route.class.audited === true && this.#reads.isNew(call))
        await this.#add(call, 'done', {})
      return
    }
    if (named.route.class.callers.includes('agent') && !ofAgents.has(named.name)) return
    await this.#add(call, 'done', createdId === undefined ? {} : { createdId })
  }

  /** @param isForeign it named what is not the caller's */
  async refused(call: AuditedCall, problem: Failure, isForeign: boolean): Promise<void> {
    const { repeat, class: rights } = call.named.route
    const isOfNote = refusalCodes.has(problem.code) || isForeign
    if (!isOfNote && (repeat === 'safe' || rights.callers.includes('agent'))) return
    const isDeletion = isRefusedDeletion(call, problem, isForeign)
    // Nobody hides an attempt to delete behind a crowd of other refusals (L16).
    if (!isDeletion && !this.#isRoomFor(call.address)) return
    const result = problem.entry.kind === 'refused' ? 'refused' : 'failed'
    await this.#add(call, isOfNote ? 'refused' : result, { code: problem.code })
    if (isDeletion) await this.#refusedDeletions?.note(call)
  }

  async #add(call: AuditedCall, result: AuditResult, facts: AuditNote): Promise<void> {
    const { catalog, wallMs, log } = this.#kernel
    const { named, identity, requestId, address, ids, notes } = call
    const [target = String(facts['createdId'] ?? '')] = ids
    const others = ids.slice(1, 1 + idsInDetailMax)
    try {
      await addAuditEvent(catalog.db, {
        id: catalog.newId('audit'),
        at: wallMs(),
        accountId: identity.kind === 'public' ? null : identity.accountId,
        ...whoIs(identity),
        address,
        action: named.name,
        target,
        result,
        detail: {
          requestId,
          as: callerOf(identity),
          ...(others.length > 0 && { also: others }),
          ...notes,
          ...facts,
        },
      })
    } catch (problem) {
      // What was done is done: the answer says so, and the log that its trace is missing.
      log.error({ problem, requestId, action: named.name }, 'The audit log could not be written.')
    }
  }

  #isRoomFor(address: string): boolean {
    const minute = Math.floor(this.#kernel.wallMs() / minuteMs)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#refusals = new Map()
      this.#isCrowded = false
    }
    const network = networkOf(address)
    const before = this.#refusals.get(network)
    if (before === undefined && this.#refusals.size >= this.#addressesMax) {
      if (!this.#isCrowded) this.#tellSilence('all further addresses of this minute')
      this.#isCrowded = true
      return false
    }
    const count = (before ?? 0) + 1
    this.#refusals.set(network, count)
    if (count === refusalsPerMinuteMax + 1) this.#tellSilence(network)
    return count <= refusalsPerMinuteMax
  }

  #tellSilence(address: string): void {
    this.#kernel.log.warn({ address }, 'Refused calls of this address are no longer recorded.')
  }
}

function whoIs(identity: Identity): { readonly caller: string; readonly callerName: string } {
  switch (identity.kind) {
    case 'user':
      return { caller: identity.userId, callerName: identity.name }
    case 'agent':
      return { caller: identity.clientId, callerName: identity.instanceId }
    case 'public':
      return { caller: 'public', callerName: 'public' }
  }
}
