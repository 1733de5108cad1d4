/** A deliberate bug: what it re-creates, and how the code is changed for it. */
import type { DiskStep } from '#ports'
import type { Patch } from './patches.ts'
import type { Weather } from './world.ts'

export type Mutant = {
  readonly name: string
  /** What it re-creates. */
  readonly like: string
  readonly patches: readonly Patch[]
  /** Steps that the storage leaves out. */
  readonly without?: readonly DiskStep[]
  /** Where it takes rare weather to show the bug, the seeds are run in such weather only. */
  readonly weather?: Partial<Weather>
}
