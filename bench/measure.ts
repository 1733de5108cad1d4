// Runs one command of an adapter and measures it: wall time, CPU of all its processes, and memory
// both of the largest process and of all processes together.
//
// CPU and the largest process come from GNU time, which the kernel tells when processes end. The sum
// over the tree is sampled from /proc every 20 ms as resident pages; pages that processes share
// count once per process, so the sum errs against the tool, and threads share one process.

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Command = {
  readonly script: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Takes the files `stdout`, `stderr` and `time` of the command. */
  readonly folder: string
  readonly timeoutSeconds: number
  readonly nice: number
  /** Processes that work for the command and were there before it: what they take meanwhile counts too. */
  readonly beside?: readonly number[]
}

export type Measurement = {
  readonly exitCode: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly largestProcessMiB: number
  readonly allProcessesMiB: number
  /** What the rest of the machine computed meanwhile: the noise in this measurement. */
  readonly othersCpuSeconds: number
}

const sampleEveryMs = 20
const ticksPerSecond = 100
const pageBytes = Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout)

export async function measure(command: Command): Promise<Measurement> {
  const { beside = [] } = command
  const besideBefore = readCpuSeconds(beside)
  const busyBefore = readBusySeconds()
  const startedAt = process.hrtime.bigint()
  const { exitCode, sampledBytes, largestBytes } = await run(command)
  const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  const used = readTimes(command.folder)
  const cpuSeconds = used.cpuSeconds + readCpuSeconds(beside) - besideBefore
  const largestProcessMiB = Math.max(used.largestKiB / 1024, largestBytes / 2 ** 20)
  return {
    exitCode,
    wallSeconds,
    cpuSeconds,
    largestProcessMiB,
    allProcessesMiB: Math.max(largestProcessMiB, sampledBytes / 2 ** 20),
    othersCpuSeconds: Math.max(0, readBusySeconds() - busyBefore - cpuSeconds),
  }
}

type Watched = {
  readonly exitCode: number
  readonly sampledBytes: number
  /** Of the processes beside; GNU time knows the others'. */
  readonly largestBytes: number
}

async function run(command: Command): Promise<Watched> {
  const stdout = openSync(join(command.folder, 'stdout'), 'w')
  const stderr = openSync(join(command.folder, 'stderr'), 'w')
  // A command that is killed leaves no times; those of the one before must not stand for it.
  writeFileSync(join(command.folder, 'time'), '')
  // A process group of its own, so that a timeout ends the whole tree and nothing else.
  const child = spawn('nice', niceArguments(command), {
    detached: true,
    stdio: ['ignore', stdout, stderr],
    env: { ...process.env, ...command.environment },
  })
  closeSync(stdout)
  closeSync(stderr)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 128))
  })
  const { pid } = child
  if (pid === undefined) return { exitCode: await ended, sampledBytes: 0, largestBytes: 0 }

  const { beside = [] } = command
  let sampledBytes = 0
  let largestBytes = 0
  const endGroup = () => process.kill(-pid, 'SIGKILL')
  const sampler = setInterval(() => {
    const others = beside.map((one) => processBytes(one))
    largestBytes = Math.max(largestBytes, ...others)
    const together = others.reduce((sum, bytes) => sum + bytes, descendantBytes(pid))
    sampledBytes = Math.max(sampledBytes, together)
  }, sampleEveryMs)
  const limit = setTimeout(endGroup, command.timeoutSeconds * 1000)
  process.once('exit', endGroup)
  const exitCode = await ended
  process.off('exit', endGroup)
  clearTimeout(limit)
  clearInterval(sampler)
  return { exitCode, sampledBytes, largestBytes }
}

function niceArguments({ nice, folder, script, args }: Command): string[] {
  const time = ['/usr/bin/time', '-q', '-f', '%U %S %M', '-o', join(folder, 'time')]
  return ['-n', String(nice), ...time, 'bash', script, ...args]
}

/** All descendants of `time`, which itself is not part of the tool. */
function descendantBytes(timePid: number): number {
  let bytes = 0
  const waiting = listChildren(timePid)
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    bytes += processBytes(pid)
    waiting.push(...listChildren(pid))
  }
  return bytes
}

function processBytes(pid: number): number {
  return Number(readProc(`${pid}/statm`).split(' ')[1] ?? 0) * pageBytes
}

/** With that of children that ended. */
function readCpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readProc(`${pid}/stat`)
    // The name before may hold spaces; user, system, and both of the children are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  })
  return ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond
}

function listChildren(pid: number): number[] {
  return listThreads(pid).flatMap((thread) =>
    readProc(`${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // The process ended between two looks: it holds nothing any more.
  }
}

function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8')
  } catch {
    return '' // As above.
  }
}

function readTimes(folder: string): { cpuSeconds: number; largestKiB: number } {
  const line = readFileSync(join(folder, 'time'), 'utf8').trim().split('\n').at(-1) ?? ''
  const [user = Number.NaN, system = Number.NaN, largestKiB = Number.NaN] = line
    .split(' ')
    .map(Number)
  return { cpuSeconds: user + system, largestKiB }
}

function readBusySeconds(): number {
  const [user = 0, nice = 0, system = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)
    .flatMap((line) => line.trim().split(/\s+/).slice(1).map(Number))
  return (user + nice + system) / ticksPerSecond
}
