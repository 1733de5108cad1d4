/** Raising the lock of a vault: first what it covers (L2), then the deed. There is no way down (L1, E1). */
import { failure } from '#base'
import { type LockProposal, type LockState, lockStates, tierSentences } from '#contract'
import type { VaultState } from '../../vault-host.ts'
import { lockedAmong, pointsOfInstances } from './vault-records.ts'

export type RaisedLock = 'governed' | 'compliance'

/** @throws vault.lock-not-raised */
export function proposeLock(
  of: { readonly name: string; readonly to: RaisedLock },
  state: VaultState,
): LockProposal {
  const { name, to } = of
  assertHigher(name, state.lock, to)
  const shown = pointsOfInstances(state)
  const { lastEndsAt, isForever } = lockedAmong(shown, true)
  return {
    from: state.lock,
    to,
    pointCount: shown.points.length,
    ...(lastEndsAt === undefined ? {} : { lastLockEndsAt: lastEndsAt }),
    tier: state.tier,
    tierSentence: tierSentences[state.tier],
    says: [
      `${coveredText(shown.points.length, name)} locked until their retention ends${endText(lastEndsAt, isForever)}.`,
      'No role, no API and no command of this product removes or shortens them before.',
      to === 'compliance'
        ? 'The lock cannot be taken back, and covers the vault itself and its mirrors.'
        : 'The lock can be raised further, and not be taken back here.',
      tierSentences[state.tier],
    ],
    confirmation: lockConfirmation(of),
  }
}

export function lockConfirmation({
  name,
  to,
}: {
  readonly name: string
  readonly to: RaisedLock
}): string {
  return `lock ${name} ${to}`
}

/** @throws vault.lock-not-raised */
export function assertHigher(name: string, from: LockState, to: RaisedLock): void {
  if (lockStates.indexOf(to) > lockStates.indexOf(from)) return
  throw failure('vault.lock-not-raised', { vault: name, from, to })
}

function coveredText(count: number, name: string): string {
  if (count === 0) return `All new points of ${name} are`
  return `${count === 1 ? 'The one point' : `All ${count} points`} of ${name} and every new one are`
}

function endText(lastEndsAt: number | undefined, isForever: boolean): string {
  if (isForever) return ', some of them for ever'
  return lastEndsAt === undefined ? '' : `, the last on ${isoDay(lastEndsAt)}`
}

export function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
