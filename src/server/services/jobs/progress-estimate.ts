/**
 * How fast a running job is and how long it will take, by the server's clock. What the agent measured counts first; where
 * it says nothing, the server reckons from what came before.
 */
import type { Progress } from '#contract'

export type ProgressSample = {
  /** When the server got it. */
  readonly at: number
  readonly done: number
  readonly fraction: number
  /** Smoothed. */
  readonly bytesPerSecond: number
  readonly fractionPerMs: number
}

export type EstimatedProgress = { readonly progress: Progress; readonly sample: ProgressSample }

/** How long the memory of a speed is. */
const smoothingMs = 20_000
/** Nobody is told more: it would not be true anyway. */
const remainingMsMax = 30 * 24 * 3_600_000

export function estimateProgress(
  said: Progress,
  at: number,
  before: ProgressSample | undefined,
): EstimatedProgress {
  const sample = sampleOf(said, at, before)
  const bytesPerSecond = said.bytesPerSecond > 0 ? said.bytesPerSecond : sample.bytesPerSecond
  const remainingMs = said.remainingMs ?? remainingOf(said.fraction, sample.fractionPerMs)
  const progress: Progress = {
    ...said,
    bytesPerSecond: Math.round(bytesPerSecond),
    ...(remainingMs === undefined ? {} : { remainingMs: Math.min(remainingMs, remainingMsMax) }),
  }
  return { progress, sample }
}

function sampleOf(said: Progress, at: number, before: ProgressSample | undefined): ProgressSample {
  const { done } = said.bytes
  const { fraction } = said
  if (before === undefined) return { at, done, fraction, bytesPerSecond: 0, fractionPerMs: 0 }
  const passed = at - before.at
  if (passed <= 0) return { ...before, done, fraction }
  const weight = 1 - Math.exp(-passed / smoothingMs)
  const speed = (Math.max(0, done - before.done) / passed) * 1_000
  const pace = Math.max(0, fraction - before.fraction) / passed
  const isFirst = before.fractionPerMs === 0 && before.bytesPerSecond === 0
  const share = isFirst ? 1 : weight
  return {
    at,
    done,
    fraction,
    bytesPerSecond: before.bytesPerSecond + share * (speed - before.bytesPerSecond),
    fractionPerMs: before.fractionPerMs + share * (pace - before.fractionPerMs),
  }
}

function remainingOf(fraction: number, fractionPerMs: number): number | undefined {
  return fractionPerMs > 0 ? Math.round((1 - fraction) / fractionPerMs) : undefined
}
