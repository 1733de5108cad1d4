/** Where in its point an entry is seen: a folder from inside, anything else in its folder. */
import { byteString, bytesOf } from '#base'
import { type Entry, pathToText } from '#contract'

export function folderSearch({ path, kind }: Pick<Entry, 'path' | 'kind'>): {
  readonly path?: string
} {
  const folder = kind === 'directory' ? path : folderOf(path)
  return folder === '' ? {} : { path: pathToText(folder) }
}

/** '' of what stands at the top. */
export function folderOf(path: Entry['path']): Entry['path'] {
  return byteString(bytesOf(path).subarray(0, Math.max(0, path.lastIndexOf('/'))))
}
