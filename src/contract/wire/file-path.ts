/**
 * File names and paths are bytes. On the wire they are text: UTF-8 where the bytes are that, else `hex:` and the bytes in
 * hexadecimal, as in a point's record. Every byte string has exactly one wire form, so nothing is lost and nothing is
 * two things.
 */

import { z } from 'zod'
import { type ByteString, byteString, byteStringFromText, bytesOf, fromHex, toHex } from '#base'

/** Twice the kernel's PATH_MAX would do; deep trees are walked with relative steps and grow longer. */
const pathCharactersMax = 65_536
const plain = /^(?!hex:)[\x01-\x7f]*$/
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const hexForm = /^hex:(?:[0-9a-f]{2})*$/

const wireText = z
  .string()
  .max(pathCharactersMax)
  .regex(/^(?:hex:(?:[0-9a-f]{2})*|(?!hex:)[^\0]*)$/, 'not a path')
  .refine((text) => text.isWellFormed(), 'not Unicode text')

const bytesInCode = z.custom<ByteString>(
  (value) => typeof value === 'string' && /^[\x01-\xff]*$/.test(value),
  'a path is bytes without NUL',
)

export const filePath = z.codec(wireText.meta({ id: 'FilePath' }), bytesInCode, {
  decode: pathFromText,
  encode: pathToText,
})

/** An absolute path on an instance. */
export const absolutePath = z.codec(
  wireText
    .regex(/^(?:\/|hex:2f|[A-Za-z]:[\\/])/, 'the path is not absolute')
    .meta({ id: 'AbsolutePath' }),
  bytesInCode,
  { decode: pathFromText, encode: pathToText },
)

/** One component of a path. */
export const entryName = filePath

/** One that leads down by one step, and nowhere else. */
export const folderName = filePath.refine(
  (name) => name !== '' && name !== '.' && name !== '..' && !name.includes('/'),
  'not a name of a folder',
)

export function pathToText(path: ByteString): string {
  // Nearly all names are ASCII, and those are the same in both forms: a tenth of the time.
  if (plain.test(path)) return path
  const bytes = bytesOf(path)
  const text = textOfBytes(bytes)
  return text === undefined || text.startsWith('hex:') ? `hex:${toHex(bytes)}` : text
}

function pathFromText(text: string): ByteString {
  return hexForm.test(text) ? byteString(fromHex(text.slice(4))) : byteStringFromText(text)
}

function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch (problem) {
    if (problem instanceof TypeError) return undefined
    throw problem
  }
}
