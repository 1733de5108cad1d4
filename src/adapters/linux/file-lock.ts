// flock(2): a lock that the kernel gives back when its holder dies, however it dies. It lies on the
// open file, so every opening of the file is a holder of its own, in one process too.
import { kernel, lastError } from './kernel.ts'
import { isSystemError } from './system-error.ts'

const LOCK_SHARED = 1
const LOCK_EXCLUSIVE = 2
const LOCK_NO_WAIT = 4

/** Answers at once whether the lock is ours now. @throws SystemCallError where there are no locks. */
export function tryLock(fd: number, kind: 'shared' | 'exclusive'): boolean {
  const { call3, sys } = kernel()
  const operation = (kind === 'shared' ? LOCK_SHARED : LOCK_EXCLUSIVE) | LOCK_NO_WAIT
  if (call3(sys.flock, fd, operation, 0) === 0) return true
  const problem = lastError('flock', '')
  if (isSystemError(problem, 'EAGAIN')) return false
  throw problem
}
