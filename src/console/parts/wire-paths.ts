/** Paths as they stand in addresses, and as people read them. */
import { type ByteString, displayName } from '#base'
import { filePath, tryDecodeWire } from '#contract'

/** The bytes of a path that came from an address; what is none is taken for the top. */
export function pathFromWire(text: string): ByteString {
  const read = tryDecodeWire(filePath, text)
  return 'value' in read ? read.value : ('' as ByteString)
}

export function shownPath(path: string): string {
  return displayName(path as ByteString)
}
