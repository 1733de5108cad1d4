// What Linux says of a process and of the machine.

import { readFileSync } from 'node:fs'

/** A tick of the kernel's clock, as /proc counts them on every Linux of today. */
const tickMs = 10
const kibibyte = 1024

/** Time on a processor so far, of all its threads. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

export function residentBytesOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) * kibibyte
}

export function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
}
