/** Entries of a point that were ticked, by their paths. */
import type { Entry } from '#contract'

export type Selected = ReadonlyMap<Entry['path'], Entry>
