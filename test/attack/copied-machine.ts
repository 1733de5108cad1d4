// A process that copies itself while it runs, memory and all, as a hypervisor copies a machine: after fork(2) in a
// new process namespace parent and child have even their pid in common, by which OpenSSL would notice. Then all copies
// seal. For that it must be the first process of a namespace itself, and V8 must do with one thread: a copy has no
// other. Its argument is a task as JSON.

import { closeSync, openSync, readSync } from 'node:fs'
import koffi from 'koffi'
import { assert } from '#base'
import { type SealerTask, sealAndPrint } from './sealer.ts'

export type CopyTask = Pick<SealerTask, 'folder' | 'name'> & {
  readonly copies: number
  /** Each copy, and the original, makes so many. */
  readonly sealings: number
  /** fork: the copies have pids of their own; clone: they have the original's. */
  readonly manner: 'fork' | 'clone'
}

const newPidNamespace = 0x2000_0000
const adviceDoFork = 11

const libc = koffi.load(null)
const fork: () => number = libc.func('int fork()')
const unshare: (flags: number) => number = libc.func('int unshare(int)')
const enterNamespace: (fd: number, kind: number) => number = libc.func('int setns(int, int)')
const waitFor: (pid: number, status: Int32Array, flags: number) => number = libc.func(
  'int waitpid(int, int *, int)',
)
const exitAtOnce: (code: number) => void = libc.func('void _exit(int)')
const advise: (at: number, bytes: number, advice: number) => number = libc.func(
  'int madvise(uint64, uint64, int)',
)

const ownNamespace = openSync('/proc/self/ns/pid', 'r')

/** The pid of the copy, 0 in the copy itself. */
function copyProcess(manner: CopyTask['manner']): number {
  if (manner === 'clone') {
    // The namespace of the copy before ended with it; a new one can be made from our own only.
    assert(enterNamespace(ownNamespace, newPidNamespace) === 0, 'we may go home')
    assert(unshare(newPidNamespace) === 0, 'we may make a namespace')
  }
  letHeapBeCopied()
  const pid = fork()
  assert(pid >= 0, 'the process is copied')
  return pid
}

const mapsBytesMax = 1024 * 1024
const looksMax = 400
const pauseMs = 5

/** V8 keeps its heap out of copies, what it takes while we look as well: so until nothing is new any more. */
function letHeapBeCopied(): void {
  // No memory of V8 is taken between the last look and the copy.
  let [before, now] = [Buffer.alloc(mapsBytesMax), Buffer.alloc(mapsBytesMax)]
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let look = 0; look < looksMax; look++) {
    now.fill(0)
    const fd = openSync('/proc/self/maps', 'r')
    for (let at = 0, count = 1; count > 0; at += count) {
      count = readSync(fd, now, at, mapsBytesMax - at, null)
    }
    closeSync(fd)
    if (now.equals(before)) return
    for (const line of now.toString('latin1').split('\n')) {
      const [from = '', to = ''] = (line.split(' ')[0] ?? '').split('-')
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)]
      // Refused for what the kernel maps itself.
      if (Number.isSafeInteger(end)) advise(start, end - start, adviceDoFork)
    }
    ;[before, now] = [now, before]
    // Threads of V8 that compile or clear up need a while to end it on a machine that is busy.
    Atomics.wait(clock, 0, 0, pauseMs)
  }
  assert(false, 'memory comes to rest')
}

const sealingsBefore = 100

function copyAndSeal(task: CopyTask): void {
  const sealAs = (who: string, sealings = task.sealings) =>
    sealAndPrint({ ...task, threads: 1, contents: 'own', name: `${task.name} ${who}`, sealings })
  // The randomness of OpenSSL is in use when it is copied.
  sealAs('before', sealingsBefore)
  for (let copy = 1; copy <= task.copies; copy++) {
    const pid = copyProcess(task.manner)
    if (pid === 0) {
      sealAs(`copy ${copy}`)
      exitAtOnce(0)
    }
    const status = new Int32Array(1)
    assert(waitFor(pid, status, 0) === pid, 'the copy ends')
    assert(status[0] === 0, `the copy does its work (${status[0]})`)
  }
  sealAs('original')
}

copyAndSeal(JSON.parse(process.argv[2] ?? ''))
