/** Everything that comes from outside is made inert before it reaches a terminal, a log or a line of JSON (A18). */
import { type ByteString, byteStringFromText, bytesOf, displayName, toHex } from '#base'

/** Ordinary text, such as a tag, a host name or a message of the system. */
export function printable(text: string): string {
  return displayName(byteStringFromText(text.toWellFormed()))
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

const unsafe = /[\u007f-\u{10ffff}]/gu
const harmless = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u

/** One line of JSON that parses to exactly `value`, with nothing in it that a terminal would obey. */
export function jsonLine(value: JsonValue): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    harmless.test(character) ? character : escapeUnits(character),
  )
}

/**
 * A path for programs: `path` is text for people, exact when the bytes are UTF-8 without control characters; `pathHex` has
 * the bytes where it is not.
 */
export function pathFields(path: ByteString): { readonly path: string; readonly pathHex?: string } {
  const shown = displayName(path)
  return byteStringFromText(shown) === path
    ? { path: shown }
    : { path: shown, pathHex: toHex(bytesOf(path)) }
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')
}
