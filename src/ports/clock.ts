/** Time as the machine gives it. Only `upMs` of one boot can be trusted to advance with real time (rule T-1). */
export type ClockReading = {
  /** Wall clock, milliseconds since 1970; for display. */
  readonly wallMs: number
  /** Identity of this boot of this machine. */
  readonly bootId: string
  /** Milliseconds since the boot, time asleep included. */
  readonly upMs: number
}

export interface Clock {
  now(): ClockReading
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}
