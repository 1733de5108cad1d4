// What a load run must reach, as sentences about what it did not.

import type { LoadReport } from './load-run.ts'

export const limits = {
  schedulesMet: 0.999,
  controlP99Ms: 100,
  /** A heartbeat is due each 15 s; one that is lost makes a silence of two. */
  silenceMaxMs: 30_000,
  /** An agent that is silent for so long is not waited for any more. */
  awayMs: 60_000,
  /** Of the first third of the minutes to that of the last. */
  residentGrowth: 1.1,
} as const

export function findShortfalls(report: LoadReport): readonly string[] {
  return [...findLosses(report), ...findSlowness(report)]
}

/** What must hold on any machine, however busy. */
export function findLosses(report: LoadReport): readonly string[] {
  const { schedules, fleet, complaints, clientsLost } = report
  const said: string[] = []
  if (schedules.met < schedules.plans * limits.schedulesMet)
    said.push(
      `${schedules.met} of ${schedules.plans} schedules were met: ${JSON.stringify(schedules.unmet)}`,
    )
  if (fleet.failures > 0) said.push(`${fleet.failures} agents fell`)
  if (fleet.longestSilenceMs > limits.awayMs)
    said.push(`an agent was not heard for ${Math.round(fleet.longestSilenceMs)} ms`)
  if (clientsLost > 0) said.push('a client passes for lost')
  for (const [complaint, count] of Object.entries(complaints).filter(([text]) => isLoss(text)))
    said.push(`the log of the server says ${count} times: ${complaint}`)
  return said
}

function isLoss(complaint: string): boolean {
  return complaint.startsWith('error') || complaint.includes('could not be written')
}

/** Figures that are only worth something on a machine of one's own. */
export function findSlowness({ fleet, console: shown, minutes }: LoadReport): readonly string[] {
  const said: string[] = []
  if (fleet.longestSilenceMs > limits.silenceMaxMs)
    said.push(`an agent was not heard for ${Math.round(fleet.longestSilenceMs)} ms`)
  for (const [who, { p99 }] of [
    ['agents', fleet.control],
    ['the console', shown],
  ] as const)
    if (p99 > limits.controlP99Ms) said.push(`calls of ${who}: p99 ${p99} ms`)
  const third = Math.floor(minutes.length / 3)
  if (third > 0) {
    const mean = (from: number) =>
      minutes.slice(from, from + third).reduce((sum, one) => sum + one.residentMiB, 0) / third
    const [early, late] = [mean(third), mean(minutes.length - third)]
    if (late > early * limits.residentGrowth)
      said.push(`the server grew from ${early.toFixed(0)} to ${late.toFixed(0)} MiB`)
  }
  return said
}
