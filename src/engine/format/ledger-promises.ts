/** Entries that promise something, so that the loss of one is noticed (docs/decisions/0003-one-ledger.md). */
import type { LedgerAction } from './ledger.ts'

/** Whether the word of this entry keeps something that would go without it. */
export function isPromise({ kind }: LedgerAction): boolean {
  return kind === 'lock' || kind === 'hold' || kind === 'extend' || kind === 'untrash'
}
