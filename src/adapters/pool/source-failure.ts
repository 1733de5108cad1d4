// Where the line is drawn between a source that cannot be read and machinery of ours that fails. The
// first is a line in the report, the second ends the job: a backup that took "out of descriptors" for
// "file unreadable" would go on and call itself nearly complete.
import { sourceFailureReason } from '../linux/failures.ts'
import { isSystemError, SystemCallError } from '../linux/index.ts'
import type { SourceFailure } from './jobs.ts'

/** @throws the problem itself when it is not the source's. */
export function sourceFailure(problem: unknown): SourceFailure {
  if (!(problem instanceof SystemCallError) || isOurs(problem)) throw problem
  return { kind: 'failed', reason: sourceFailureReason(problem), detail: problem.message }
}

function isOurs(problem: SystemCallError): boolean {
  return problem.reason === 'tooManyFiles' || ourCodes.some((code) => isSystemError(problem, code))
}

const ourCodes = ['EBADF', 'ENOMEM', 'ENOSYS'] as const
