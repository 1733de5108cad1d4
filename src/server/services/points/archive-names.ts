/** Names of downloads and of what stands at the top of an archive: inert, whatever the point calls it (A18, F6). */
import { type ByteString, byteStringFromText, displayName } from '#base'

const nameBytesMax = 255
const fallback = byteStringFromText('files')
/** A text in an archive that says what is not in it. */
export const missingName = byteStringFromText('NOT IN THIS ARCHIVE.txt')

/** The last component of a path, when it can be the name of a folder anywhere. */
export function topName(path: ByteString): ByteString {
  const name = path.slice(path.lastIndexOf('/') + 1) as ByteString
  const isUsable =
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[\0/\\]/.test(name) &&
    name.length <= nameBytesMax
  return isUsable ? name : fallback
}

/** Each path by a name that no other has, and the text about what is missing has neither: it could be a link. */
export function topNames(paths: readonly ByteString[]): readonly ByteString[] {
  const taken = new Set<ByteString>([missingName])
  return paths.map((path) => {
    const name = topName(path)
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name} (${number})` as ByteString
    taken.add(free)
    return free
  })
}

/** As browsers are told it: no path, nothing that does not show. */
export function fileNameOf(path: ByteString, ending: string): string {
  const shown = displayName(topName(path)).replace(/[\\/:*?"<>|]/g, '_')
  return `${shown.slice(0, nameBytesMax - ending.length)}${ending}`
}
