/**
 * Names of unfinished files. They tell who writes: machine, boot, process namespace, process and its start. What a dead
 * process left is removed by the next one that writes; a file whose process may live, here or elsewhere, never is.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isErrno } from './storage-error.ts'

export type TempOwner = {
  readonly machine: string
  readonly boot: string
  readonly namespace: string
  readonly pid: number
  /** Clock ticks between the boot and the start of the process: tells it from a later one of the same number. */
  readonly startedAt: string
}

const namePattern = /^([0-9a-f]{12})-([0-9a-f]{12})-(\d+)-(\d+)-(\d+)-[0-9a-f]+$/

export function thisProcess(): TempOwner {
  return {
    machine: short(machineId()),
    boot: short(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
    pid: process.pid,
    startedAt: startOf(process.pid) ?? '0',
  }
}

export function newTempName(owner: TempOwner): string {
  const { machine, boot, namespace, pid, startedAt } = owner
  return `${machine}-${boot}-${namespace}-${pid}-${startedAt}-${randomBytes(8).toString('hex')}`
}

/** Whether the process that made a file of this name is certainly dead. A foreign name is nobody's to judge. */
export function isOrphan(file: string, here: TempOwner): boolean {
  const match = namePattern.exec(file)
  if (match === null) return false
  const [, machine, boot, namespace, pid, startedAt] = match
  if (machine !== here.machine) return false
  if (boot !== here.boot) return true
  // Numbers of another container's processes mean nothing here.
  if (namespace !== here.namespace) return false
  return startOf(Number(pid)) !== startedAt
}

/** Undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (problem) {
    // ESRCH: it ended while we read.
    if (isErrno(problem, 'ENOENT') || isErrno(problem, 'ESRCH')) return undefined
    throw problem
  }
  // The second field is the program's name in brackets and may hold anything; the start is the 22nd.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

function machineId(): string {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim()
    if (id !== '') return id
  } catch (problem) {
    if (!isErrno(problem, 'ENOENT')) throw problem
  }
  return hostname()
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
