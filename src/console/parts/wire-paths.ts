/** Paths as they stand in addresses. */
import type { ByteString } from '#base'
import { filePath, tryDecodeWire } from '#contract'

/** The bytes of a path that came from an address; what is none is taken for the top. */
export function pathFromWire(text: string): ByteString {
  const read = tryDecodeWire(filePath, text)
  return 'value' in read ? read.value : ('' as ByteString)
}
