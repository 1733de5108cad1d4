/** How much the listener takes from whom. Every number may be changed by who starts it; tests do. */

export type ListenerLimits = {
  readonly connectionsMax: number
  /** All headers of a call together. */
  readonly headerBytesMax: number
  /** From the first byte of a call to the end of its headers. */
  readonly headersMs: number
  /** Of a call that somebody signed in for. */
  readonly jsonBytesMax: number
  /** Of a call that anybody may make. */
  readonly publicJsonBytesMax: number
  /** Without a byte of a body for so long the sender is given up. Only time that we wait for it counts. */
  readonly bodyIdleMs: number
  /** A sender that is slower on the whole is given up too. */
  readonly bodyBytesPerSecondMin: number
  /** A receiver that takes nothing for so long is given up. */
  readonly receiverIdleMs: number
  /** A connection without a call is kept for so long. */
  readonly keepAliveMs: number
  /** Between comments on a stream of events. Whether its caller, or that of a download, still may is asked as often. */
  readonly eventKeepAliveMs: number
  readonly idempotencyKeyMs: number
  /** What is left of a refused body is thrown away for so long, so that the sender reads the answer; then it is cut off. */
  readonly farewellMs: number
}

export const listenerLimits: ListenerLimits = {
  connectionsMax: 16_384,
  headerBytesMax: 16 * 1024,
  headersMs: 15_000,
  jsonBytesMax: 8 * 1024 * 1024,
  publicJsonBytesMax: 64 * 1024,
  bodyIdleMs: 30_000,
  bodyBytesPerSecondMin: 1_024,
  receiverIdleMs: 120_000,
  keepAliveMs: 75_000,
  eventKeepAliveMs: 15_000,
  idempotencyKeyMs: 24 * 3_600_000,
  farewellMs: 1_000,
}
