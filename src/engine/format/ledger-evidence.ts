/**
 * What the record of a point proves of the ledger it was made upon. It is written when the claim of its epoch, the entry
 * before its commit and the point before it are durable, and only then its commit. So a job that dies in between leaves a
 * record whose commit would be the very next entry, and nothing more; a record that speaks of more than that is proof
 * that entries were there which are there no longer.
 */
import type { LedgerState } from './ledger-state.ts'
import type { Point } from './point.ts'

/**
 * @returns what the ledger lacks, in words; undefined when the record follows from it, committed or not
 * @param state read from the ledger after the record was there
 */
export function describeLostEntries(
  { epoch, sequence, entry }: Pick<Point, 'epoch' | 'sequence' | 'entry'>,
  state: Pick<LedgerState, 'number' | 'epoch' | 'sequence'>,
): string | undefined {
  const ends = `the ledger ends at entry ${state.number}`
  if (entry !== undefined && entry > state.number + 1)
    return `was made after entry ${entry - 1}, and ${ends}`
  if (epoch > state.epoch) return `was made under the claim with entry ${epoch}, and ${ends}`
  if (sequence > state.sequence + 1)
    return `is point number ${sequence}, and the ledger knows only ${state.sequence}`
  return undefined
}
