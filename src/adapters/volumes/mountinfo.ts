/** The kernel's list of mounts, /proc/self/mountinfo (proc(5)), as this process sees them. */
import type { ByteString } from '#base'

export type MountLine = {
  readonly id: number
  readonly parent: number
  /** "major:minor" of the file system. */
  readonly device: string
  /** Which directory of the file system is mounted. */
  readonly root: ByteString
  readonly path: ByteString
  readonly fileSystem: string
  readonly source: string
}

/** @param text bytes as characters (latin1). Lines that are none are left out. */
export function parseMountinfo(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [head = '', tail] = split(line, ' - ')
    const [id, parent, device, root, path] = head.split(' ')
    const [fileSystem, source] = tail.split(' ')
    if (device === undefined || root === undefined || path === undefined) return []
    if (fileSystem === undefined || fileSystem === '') return []
    return [
      {
        id: Number(id),
        parent: Number(parent),
        device,
        root: unescaped(root),
        path: unescaped(path),
        fileSystem,
        source: unescaped(source ?? ''),
      },
    ]
  })
}

/** Optional fields stand before the first lonely dash. */
function split(line: string, mark: string): readonly [string, string] {
  const at = line.indexOf(mark)
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + mark.length)]
}

/** Blanks, tabs, line ends and backslashes come as three octal digits. */
function unescaped(text: string): ByteString {
  const plain = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  )
  // Every character is one byte, before and after.
  return plain as ByteString
}
