// What becomes of the entries of a task. The trouble of one entry is noted and the others go on; what
// would befall every other entry too (a full disk, one that turned read-only) is thrown and ends the job.
import { Failure, failure } from '#base'
import type { TargetIdentity, TargetOutcome, TargetProblem, TargetShortfall } from '#ports'
import type { Shortfall } from '../linux/entry-metadata.ts'
import { targetFailure } from '../linux/failures.ts'
import { SystemCallError, type SystemErrorReason } from '../linux/system-error.ts'

const endsTheJob: readonly SystemErrorReason[] = [
  'full',
  'readOnly',
  'tooManyFiles',
  'disconnected',
]

export class OutcomeDraft {
  readonly problems: TargetProblem[] = []
  readonly shortfalls: TargetShortfall[] = []
  readonly identities: (TargetIdentity & { readonly record: number })[] = []

  /** Runs the work of one entry. */
  attempt(record: number, path: Parameters<typeof targetFailure>[1], work: () => void): boolean {
    try {
      work()
      return true
    } catch (problem) {
      this.problems.push(problemOf(problem, record, path))
      return false
    }
  }

  lacks(record: number, shortfalls: readonly Shortfall[]): void {
    for (const shortfall of shortfalls) this.shortfalls.push({ record, ...shortfall })
  }

  finish(): TargetOutcome {
    const { problems, shortfalls, identities } = this
    return { problems, shortfalls, identities }
  }
}

/** @throws what is no trouble of this entry alone. */
export function problemOf(
  problem: unknown,
  record: number,
  path: Parameters<typeof targetFailure>[1],
): TargetProblem {
  if (problem instanceof SystemCallError) {
    const known = targetFailure(problem, path)
    if (endsTheJob.includes(problem.reason)) throw known
    return { record, code: known.code, detail: problem.message }
  }
  if (problem instanceof Failure) return { record, code: problem.code, detail: problem.message }
  throw problem
}

/** For what stands in a final place although nothing should. */
export function standsThere(detail: string): Failure {
  return failure('target.refused', { path: 'it', problem: detail })
}
