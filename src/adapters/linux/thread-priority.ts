// How much a job may hurry (nice and I/O class). On Linux both belong to the calling thread, so each
// worker sets its own.
import { kernel, lastError } from './kernel.ts'

export type Priority = {
  /** As of nice(1): 0 is usual, 19 the most modest. */
  readonly nice: number
  /** idle: only when nobody else wants the disk. lowest: last among the usual ones. */
  readonly io: 'usual' | 'lowest' | 'idle'
}

const PRIO_PROCESS = 0
const IOPRIO_WHO_PROCESS = 1
const IO_CLASS_SHIFT = 13
const IO_PRIORITY = {
  usual: 0,
  lowest: (2 << IO_CLASS_SHIFT) | 7,
  idle: 3 << IO_CLASS_SHIFT,
} as const

/** @throws SystemCallError, for instance when a thread asks for more than it has. */
export function setThreadPriority({ nice, io }: Priority): void {
  const { call3, sys } = kernel()
  if (call3(sys.setpriority, PRIO_PROCESS, 0, nice) < 0) throw lastError('setpriority', '')
  if (call3(sys.ioprio_set, IOPRIO_WHO_PROCESS, 0, IO_PRIORITY[io]) < 0)
    throw lastError('ioprio_set', '')
}
