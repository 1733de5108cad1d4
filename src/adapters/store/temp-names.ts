/**
 * Names of unfinished files. They tell who writes: machine, boot, process namespace, process and its start. What a dead
 * process left is removed by the next one that writes; a file whose process may live, here or elsewhere, is not.
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

/**
 * When nothing was written to a file of another boot for so long, who wrote it is taken for dead. A job writes to its file
 * or is done with it within minutes; the week is for one that was suspended. Should it wake up after that, it finds its
 * file gone and fails, and nothing is damaged.
 */
export const otherBootDeadAfterMs = 7 * 24 * 3600 * 1000

/**
 * dead: certainly, whoever made a file of this name. · other boot: of a machine with this id, before it was started anew or,
 * since copies of machines and containers share the id, at this very moment. A foreign name is nobody's to judge.
 */
export function fateOf(file: string, here: TempOwner): 'dead' | 'other boot' | 'unknown' {
  const match = namePattern.exec(file)
  if (match === null) return 'unknown'
  const [, machine, boot, namespace, pid, startedAt] = match
  if (machine !== here.machine) return 'unknown'
  if (boot !== here.boot) return 'other boot'
  // Numbers of another container's processes mean nothing here.
  if (namespace !== here.namespace) return 'unknown'
  return startOf(Number(pid)) === startedAt ? 'unknown' : 'dead'
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
