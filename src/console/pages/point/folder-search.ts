/** Where in its point an entry is seen: a folder from inside, anything else in its folder. */
import { byteString, bytesOf } from '#base'
import { type Entry, pathToText } from '#contract'

export function folderSearch({ path, kind }: Pick<Entry, 'path' | 'kind'>): {
  readonly path?: string
} {
  const end = kind === 'directory' ? path.length : path.lastIndexOf('/')
  return end <= 0 ? {} : { path: pathToText(byteString(bytesOf(path).subarray(0, end))) }
}
