/**
 * The time since this machine was started, as the kernel counts it for the whole machine, and the name of that start.
 * A process may be shown another time than the machine's: in a time namespace the clock is shifted while the name of the
 * boot stays the same, and in some containers /proc/uptime counts from the start of the container. Trusted time is the sum
 * of such readings, so each is taken from the kernel itself, with the shift taken out; where that cannot be known, the
 * view counts as a boot of its own that nobody has seen before, and no time is credited.
 */
import { randomUUID } from 'node:crypto'
import { openSync, readFileSync, readlinkSync, readSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { assert } from '#base'

export type BootClock = {
  readonly bootId: string
  /** Milliseconds since the boot, time asleep included. */
  readonly upMs: () => number
}

/** What a process sees of its machine, as far as it may be shown something else. */
export type MachineView = {
  /** Undefined where another file than the kernel's lies in its place. */
  readonly kernelBootId: string | undefined
  readonly shownBootId: string
  readonly timeNamespace: TimeNamespace
}

/** By how much the clocks of this process are ahead of the machine's; undefined when nobody can say. */
export type TimeNamespace = { readonly aheadMs: number | undefined }

/** Number that the kernel gives the time namespace of the machine itself, since there are such (Linux 5.6). */
const machineTimeNamespace = 'time:[4026531834]'
const procMagic = 0x9fa0
const clockBootTime = 7
const textBytes = 64

export function thisBoot(): BootClock {
  const shownBootId = readFileSync(bootIdPath, 'latin1').trim()
  const kernelBootId = isOfKernel(bootIdPath) ? shownBootId : undefined
  const timeNamespace = timeNamespaceOfProcess()
  const seenMs = isOfKernel(uptimePath) ? readUptime() : askKernel()
  return {
    bootId: nameOfBoot({ kernelBootId, shownBootId, timeNamespace }, randomUUID()),
    upMs: () => Math.floor(seenMs() - (timeNamespace.aheadMs ?? 0)),
  }
}

/** @param unknown a name that nobody has used before */
export function nameOfBoot(view: MachineView, unknown: string): string {
  if (view.timeNamespace.aheadMs === undefined) return `unknown-${unknown}`
  // Some containers are given a name of their own. It must not pass for that of a machine.
  return view.kernelBootId ?? `container-${view.shownBootId}`
}

/**
 * The shift of the time namespace that this process lives in.
 * @param own, forChildren the namespaces of the process and of those it starts; undefined: the kernel knows none
 * @param readOffsets the shift of the one for children, as /proc/self/timens_offsets says
 */
export function readTimeNamespace(
  { own, forChildren }: { own: string | undefined; forChildren: string | undefined },
  readOffsets: () => string,
): TimeNamespace {
  if (own === undefined || own === machineTimeNamespace) return { aheadMs: 0 }
  if (own !== forChildren) return { aheadMs: undefined }
  return { aheadMs: parseBootOffset(readOffsets()) }
}

/** `boottime  4000000  0`: seconds and nanoseconds, against the machine's own clock. */
export function parseBootOffset(text: string): number | undefined {
  const offset = /^boottime +(-?\d{1,12}) +(\d{1,9})$/m.exec(text)
  if (offset === null) return undefined
  return Number(offset[1]) * 1000 + Number(offset[2]) / 1e6
}

/** `12345.67 23456.78`: seconds since the boot, and seconds of idle processors. */
export function parseUptime(text: string): number {
  const seconds = /^(\d+)\.(\d\d) /.exec(text)
  assert(seconds !== null, '/proc/uptime begins with seconds and hundredths')
  return Number(seconds[1]) * 1000 + Number(seconds[2]) * 10
}

const bootIdPath = '/proc/sys/kernel/random/boot_id'
const uptimePath = '/proc/uptime'
const offsetsPath = '/proc/self/timens_offsets'

function timeNamespaceOfProcess(): TimeNamespace {
  const own = findLink('/proc/self/ns/time')
  const forChildren = findLink('/proc/self/ns/time_for_children')
  return readTimeNamespace({ own, forChildren }, () =>
    isOfKernel(offsetsPath) ? readFileSync(offsetsPath, 'latin1') : '',
  )
}

function findLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return undefined
    throw problem
  }
}

/** Containers lay files of their own over some of /proc. */
function isOfKernel(path: string): boolean {
  return statfsSync(path).type === procMagic
}

function readUptime(): () => number {
  // Kept open: a reading costs one system call. The file is the process's own for all its life.
  const fd = openSync(uptimePath, 'r')
  const buffer = Buffer.alloc(textBytes)
  return () => {
    const length = readSync(fd, buffer, 0, textBytes, 0)
    return parseUptime(buffer.toString('latin1', 0, length))
  }
}

/** The same clock without /proc, for where that shows another; loading the way to it takes 15 ms. */
function askKernel(): () => number {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const ask = koffi.load(null).func('clock_gettime', 'int', ['int', 'void *'])
  const time = new BigInt64Array(2)
  return () => {
    assert(ask(clockBootTime, time) === 0, 'Linux has a clock of the time since its boot')
    const [seconds = 0n, nanoseconds = 0n] = time
    return Number(seconds) * 1000 + Math.floor(Number(nanoseconds) / 1e6)
  }
}
