/**
 * Nice, I/O class and cores of this process (D3). On Linux all three belong to threads, so every thread that is there is
 * set; a thread that begins later has what its maker has. A process without the right may lower itself and not come back
 * up: that is told, not hidden.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export type ProcessPriority = {
  /** As of nice(1): 0 is usual, 19 the most modest. */
  readonly nice: number
  readonly io: 'usual' | 'lowest' | 'idle'
  readonly coresMax: number | undefined
}

type Calls = {
  readonly setpriority: (which: number, thread: number, nice: number) => number
  readonly setaffinity: (thread: number, bytes: number, mask: Uint8Array) => number
  readonly syscall: (number: number, which: number, thread: number, value: number) => number
  readonly errno: () => number
}

const PRIO_PROCESS = 0
const IOPRIO_WHO_PROCESS = 1
const ioprioSet = { x64: 251, arm64: 30 } as const
const ioValues = { usual: 0, lowest: (2 << 13) | 7, idle: 3 << 13 } as const
/** The thread has ended meanwhile. */
const ESRCH = 3

export function priorityControl() {
  const calls = load()
  const allowed = readAllowedCores()
  return {
    apply(request: ProcessPriority): readonly string[] {
      const mask = maskOf(allowed.slice(-Math.max(1, request.coresMax ?? allowed.length)))
      const problems = new Set<string>()
      const check = (result: number, what: string) => {
        if (result < 0 && calls.errno() !== ESRCH) {
          problems.add(
            `The priority of the client could not be set: ${what} (error ${calls.errno()}).`,
          )
        }
      }
      for (const thread of listThreads()) {
        check(calls.setpriority(PRIO_PROCESS, thread, request.nice), 'nice')
        check(
          calls.syscall(ioNumber(), IOPRIO_WHO_PROCESS, thread, ioValues[request.io]),
          'I/O class',
        )
        check(calls.setaffinity(thread, mask.length, mask), 'cores')
      }
      return [...problems]
    },
  }
}

function listThreads(): readonly number[] {
  return readdirSync('/proc/self/task').map(Number)
}

function ioNumber(): number {
  return process.arch === 'arm64' ? ioprioSet.arm64 : ioprioSet.x64
}

/** Those that this process was given, by whoever started it: a container may have fewer than the machine. */
function readAllowedCores(): readonly number[] {
  const line = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return parseCoreList(line?.[1] ?? '0')
}

/** "0-3,8" */
export function parseCoreList(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.trim().split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

function maskOf(cores: readonly number[]): Uint8Array {
  const mask = new Uint8Array(Math.ceil((Math.max(...cores) + 1) / 64) * 8)
  for (const core of cores) {
    const at = core >> 3
    mask[at] = (mask[at] ?? 0) | (1 << (core & 7))
  }
  return mask
}

function load(): Calls {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const library = koffi.load(null)
  return {
    setpriority: library.func('int setpriority(int which, uint32_t who, int nice)'),
    setaffinity: library.func(
      'int sched_setaffinity(int thread, size_t bytes, const uint8_t *mask)',
    ),
    syscall: library.func('long syscall(long number, long a, long b, long c)'),
    errno: () => koffi.errno(),
  }
}
