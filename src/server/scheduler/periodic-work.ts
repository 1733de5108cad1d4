/**
 * Work that a server does again and again besides due backups: metering, alerts that wait, clearing away. Whoever has such
 * work exports a value of this type; bin/ gives it to the scheduler.
 */
export type PeriodicWork = {
  /** Unlike that of any other work of the server; in logs and metrics. */
  readonly name: string
  /** From the end of one run to the begin of the next. The first run begins soon after the server. */
  readonly everyMs: number
  /**
   * One run, bounded: at most some seconds and some thousand rows; what is left waits for the next. It must be right when
   * another server process runs the same work at the same time. A failure is logged and the work goes on at its next time.
   */
  readonly run: (signal: AbortSignal) => Promise<void>
}
