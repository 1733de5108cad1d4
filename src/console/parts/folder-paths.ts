/** Paths of folders as they are typed and chosen; they go over the wire as text, or as `hex:…` where their bytes are none. */
import { type ByteString, joinPath } from '#base'
import { absolutePath, pathToText, tryDecodeWire } from '#contract'

/** The bytes of an absolute path, without slashes too many; undefined: it is none. */
export function absoluteBytes(text: string): ByteString | undefined {
  const read = tryDecodeWire(absolutePath, text)
  if (!('value' in read) || !read.value.startsWith('/')) return undefined
  // Only slashes were taken out: every character is still a byte.
  return `/${namesOf(read.value).join('/')}` as ByteString
}

/** Whether a restore may be sent there, as far as the text says. */
export function isAbsoluteFolder(text: string): boolean {
  return absoluteBytes(text) !== undefined
}

export type Step = { readonly name: ByteString; readonly path: string }

/** The folders on the way, from below the root to the folder itself. */
export function stepsTo(path: ByteString): readonly Step[] {
  const names = namesOf(path)
  return names.map((name, at) => ({
    name,
    path: pathToText(`/${names.slice(0, at + 1).join('/')}` as ByteString),
  }))
}

export function folderIn(path: ByteString, name: ByteString): string {
  return pathToText(joinPath(path, name))
}

function namesOf(path: string): readonly ByteString[] {
  // A part of a byte string is one.
  return path.split('/').filter((name) => name !== '') as ByteString[]
}
