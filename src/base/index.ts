/** The door of `base`: words of the language. No backup word enters here. */
export { assert, BrokenInvariant, unreachable } from './assert.ts'
export type { Brand } from './brand.ts'
export {
  type ByteString,
  byteString,
  byteStringFromText,
  bytesOf,
  displayName,
  joinPath,
} from './byte-string.ts'
export {
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  fromHex,
  MalformedBytes,
  toHex,
} from './bytes.ts'
export { catalogue, type ErrorCode } from './catalogue.ts'
export type { ErrorEntry, ErrorKind } from './error-entry.ts'
export {
  checkAborted,
  type ErrorContext,
  Failure,
  failure,
  isFailure,
} from './errors.ts'
export { freeBytes } from './free-bytes.ts'
export { forEachLimited, Gate } from './pool.ts'
