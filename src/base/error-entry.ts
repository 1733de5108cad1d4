/** What the catalogue of errors says of each. */

export type ErrorKind =
  /** You must change something. */
  | 'refused'
  /** Try again. */
  | 'unavailable'
  /** Stored bytes are not what they must be. */
  | 'damaged'
  /** Ended on request. */
  | 'aborted'

export type ErrorEntry = {
  readonly kind: ErrorKind
  readonly exit: number
  readonly status: number
  readonly says: string
  readonly advise: string
}
