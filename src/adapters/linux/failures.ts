// From the kernel's refusals to the words of reports: a source file that could not be read, a target
// that could not be written.
import { type ByteString, displayName, type Failure, failure } from '#base'
import type { FailureReason } from '#engine'
import type { SystemCallError } from './system-error.ts'

/** Why an entry is not in the point, or not as it should be (B6). */
export function sourceFailureReason(problem: SystemCallError): FailureReason {
  switch (problem.reason) {
    case 'vanished':
      return 'vanished'
    case 'swapped':
      return 'changed'
    case 'denied':
      return 'denied'
    case 'unsupported':
      return 'unsupported'
    case 'disconnected':
      return 'disconnected'
    default:
      return 'unreadable'
  }
}

/** The catalogue's error for an entry that could not be restored. */
export function targetFailure(problem: SystemCallError, path: ByteString): Failure {
  const shown = displayName(path)
  if (problem.reason === 'full') return failure('target.full', { path: shown }, problem)
  return failure('target.refused', { path: shown, problem: problem.message }, problem)
}
