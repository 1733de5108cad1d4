/** Where a job tells what it does, for progress bars, `--json` lines and logs. Never decides anything. */
import type { ByteString } from '#base'
import type { PointFailure } from '#engine'

export type Progress = {
  readonly phase: string
  readonly filesDone: number
  /** Undefined while unknown. */
  readonly filesTotal: number | undefined
  readonly bytesDone: number
  readonly bytesTotal: number | undefined
  /** Bytes added to the vault, or read from it. */
  readonly storedBytes: number
  readonly path: ByteString | undefined
}

export interface Reporter {
  progress(progress: Progress): void
  failure(problem: PointFailure): void
  /** A sentence for the user that is no failure. */
  notice(text: string): void
}

export const silentReporter: Reporter = {
  progress() {},
  failure() {},
  notice() {},
}
