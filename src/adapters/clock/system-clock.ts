/**
 * The clocks of this machine. `upMs` comes from /proc/uptime: it counts while the machine sleeps, where Node's own
 * monotonic clock stops, and it advances in steps of 10 ms. Nothing sets it, so trusted time may be built on it.
 */
import { openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { assert, failure } from '#base'
import type { Clock } from '#ports'

const textBytes = 64

export function systemClock(): Clock {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  // Kept open: a reading costs one system call. The file is the process's own for all its life.
  const fd = openSync('/proc/uptime', 'r')
  const buffer = Buffer.alloc(textBytes)
  return {
    now() {
      const length = readSync(fd, buffer, 0, textBytes, 0)
      return {
        wallMs: Date.now(),
        bootId,
        upMs: parseUptime(buffer.toString('latin1', 0, length)),
      }
    },
    async sleep(milliseconds, signal) {
      try {
        await delay(milliseconds, undefined, { signal })
      } catch (problem) {
        throw failure('job.aborted', {}, problem)
      }
    },
  }
}

/** `12345.67 23456.78`: seconds since the boot, and seconds of idle processors. */
export function parseUptime(text: string): number {
  const seconds = /^(\d+)\.(\d\d) /.exec(text)
  assert(seconds !== null, '/proc/uptime begins with seconds and hundredths')
  return Number(seconds[1]) * 1000 + Number(seconds[2]) * 10
}
