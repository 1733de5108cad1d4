/**
 * L16: deletions that are refused again and again are told to the people of the account, by whatever way they have besides
 * this one: somebody tries who should not. Each of them is in the audit log, however many there are.
 */
import { type ErrorCode, type Failure, isFailure } from '#base'
import type { AccountId } from '#contract'
import type { Identity } from '../identity.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Notices } from '../notices.ts'
import type { AuditedCall } from './audit-trail.ts'

/** So many within so long are no mistake. */
const refusedMin = 3
const windowMs = 10 * 60_000
const accountsMax = 10_000

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'auth.forbidden',
  'auth.scope-missing',
  'point.held',
  'point.locked',
  'point.newest',
  'point.retention-refused',
  'vault.locked',
])

/** Whether the call asked that points end, by somebody who is known, and was told that they do not. */
export function isRefusedDeletion(
  { named, identity }: Pick<AuditedCall, 'named' | 'identity'>,
  problem: Failure,
  isForeign: boolean,
): boolean {
  const { effect } = named.route.class
  if (effect === 'none' || identity.kind === 'public') return false
  return isForeign || refusals.has(problem.code)
}

export class RefusedDeletions {
  readonly #kernel: Pick<ServerKernel, 'clock' | 'wallMs' | 'log'>
  readonly #notices: Notices
  /** Uptime at which the last ones of an account were refused: no clock that is set hides them. */
  readonly #recent = new Map<AccountId, readonly number[]>()

  constructor(kernel: Pick<ServerKernel, 'clock' | 'wallMs' | 'log'>, notices: Notices) {
    this.#kernel = kernel
    this.#notices = notices
  }

  async note({ identity, address }: AuditedCall): Promise<void> {
    if (identity.kind === 'public') return
    const { accountId } = identity
    const now = this.#kernel.clock.now().upMs
    const before = this.#recent.get(accountId) ?? []
    const recent = [...before.filter((at) => at > now - windowMs), now]
    this.#recent.delete(accountId)
    if (recent.length >= refusedMin) return await this.#tell(identity, address)
    this.#recent.set(accountId, recent)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > accountsMax && oldest !== undefined) this.#recent.delete(oldest)
  }

  async #tell(identity: Exclude<Identity, { kind: 'public' }>, address: string): Promise<void> {
    const { log, wallMs } = this.#kernel
    const who = identity.kind === 'user' ? identity.name : 'the client of an instance'
    try {
      await this.#notices.raise({
        kind: 'deletions-refused',
        accountId: identity.accountId,
        regionId: null,
        at: wallMs(),
        count: refusedMin,
        who,
        address,
      })
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      log.error({ problem }, 'An alarm about refused deletions could not be kept.')
    }
  }
}
