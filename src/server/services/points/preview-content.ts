/**
 * What a file is, seen from its bytes. Its name says nothing: whoever owned the machine chose it. Text is shown as text
 * whatever it means elsewhere, so a page or a drawing with a program in it is its own source.
 */
import type { PreviewImageMedia } from '#contract'

/** Undefined: none of the images that are shown. @param first of the file, at least 12 bytes if it has them */
export function imageMediaOf(first: Uint8Array): PreviewImageMedia | undefined {
  if (startsWith(first, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (startsWith(first, '\xff\xd8\xff')) return 'image/jpeg'
  if (startsWith(first, 'GIF87a') || startsWith(first, 'GIF89a')) return 'image/gif'
  if (startsWith(first, 'RIFF') && startsWith(first.subarray(8), 'WEBP')) return 'image/webp'
  return undefined
}

function startsWith(bytes: Uint8Array, letters: string): boolean {
  return (
    bytes.length >= letters.length &&
    [...letters].every((letter, i) => bytes[i] === letter.charCodeAt(0))
  )
}

/** No text has them; tab, line ends, form feed and the escape of coloured logs are none of these. */
const unprintable = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/

/**
 * The text as far as it is whole, undefined when it is none.
 * @param of.isCut there is more than these bytes: the last character may be a part of one
 */
export function textOf(bytes: Uint8Array, of: { readonly isCut: boolean }): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    const text = decoder.decode(bytes, { stream: of.isCut })
    return unprintable.test(text) ? undefined : text
  } catch (problem) {
    if (problem instanceof TypeError) return undefined
    throw problem
  }
}
