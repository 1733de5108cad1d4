/** What a verification finds, as values: problems with who is affected, and faults that went away by themselves. */
import type { ByteString } from '#base'

export type ProblemKind =
  /** It is gone. */
  | 'missing'
  /** Its bytes are not what they must be, or cannot be read. */
  | 'damaged'
  /** A pack that points need and no segment of the index names. */
  | 'unindexed'
  /** Two records that must agree do not. */
  | 'contradicts'
  /** Set aside by a repair, and still the only place of something that points need. */
  | 'quarantined'
  /** Older than other records prove the vault to be. */
  | 'reverted'
  /** One of the two copies of an object is lost. */
  | 'one-copy'

export type VerifyProblem = {
  /** Name of an object, or of a part of the vault. */
  readonly object: string
  readonly what: ProblemKind
  readonly detail: string
  readonly affected: readonly AffectedPoint[]
}

export type AffectedPoint = {
  readonly point: string
  /** Entries whose content is lost; beyond `tracedFilesMax` only so many are counted. */
  readonly files: number
  /** The first of them. */
  readonly paths: readonly ByteString[]
  /** Entries that cannot be named either, since the node of the tree that listed them is lost. */
  readonly unnamed: number
}

export type VerifyReport = {
  readonly problems: readonly VerifyProblem[]
  /** Problems beyond `problemsMax`. */
  readonly omitted: number
  /** Faults that a second attempt did not show: the verdict is the last attempt's (restic issue 5467). */
  readonly transient: readonly string[]
  /** What is worth knowing and no problem. */
  readonly notices: readonly string[]
  readonly points: number
  readonly entries: number
  readonly packs: PackCoverage
}

export type PackCoverage = {
  readonly total: number
  readonly totalBytes: number
  /** Packs whose every byte was read. */
  readonly read: number
  readonly readBytes: number
  /** Where the next run goes on; undefined: at the beginning. */
  readonly cursor: string | undefined
}

export const problemsMax = 10_000
const linesMax = 1000

export class Findings {
  readonly problems: VerifyProblem[] = []
  readonly transient: string[] = []
  readonly notices: string[] = []
  omitted = 0

  add(
    problem: Omit<VerifyProblem, 'affected'> & { readonly affected?: readonly AffectedPoint[] },
  ): void {
    if (this.problems.length < problemsMax) this.problems.push({ affected: [], ...problem })
    else this.omitted++
  }

  healed(object: string, fault: string): void {
    if (this.transient.length < linesMax) this.transient.push(`${object}: ${fault}`)
  }

  notice(text: string): void {
    if (this.notices.length < linesMax) this.notices.push(text)
  }
}
