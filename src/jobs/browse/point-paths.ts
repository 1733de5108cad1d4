/**
 * Where the entries of a point stood at the source. In the point they stand relative to its root: a single source is the
 * root itself, several are folders in it (src/engine/format/point.ts).
 */
import { type ByteString, displayName, failure, joinPath } from '#base'
import { directoryPath, type EntryKey, entryPath, type Point, type PointSource } from '#engine'

export class PointPaths {
  readonly #sources: readonly PointSource[]
  /** The only source is one file: its entry bears its name, though the source has no prefix. */
  readonly #isSingleFile: boolean

  constructor({ sources, summary }: Pick<Point, 'sources' | 'summary'>) {
    this.#sources = sources
    this.#isSingleFile = sources[0]?.prefix === '' && summary.directories === 0
  }

  /** Points of equal realm keep equal source paths under equal keys. */
  get realm(): string {
    return JSON.stringify([this.#isSingleFile, this.#sources.map((s) => [s.path, s.prefix])])
  }

  /** The path at the source. */
  sourcePath(key: EntryKey): ByteString {
    if (this.#isSingleFile && key.name !== '') return this.#sources[0]?.path ?? key.name
    return this.#outward(entryPath(key))
  }

  /** The path at the source of what stands in this directory (in key form), without the name. */
  sourceDirectory(dir: ByteString): ByteString {
    const [only] = this.#sources
    if (this.#isSingleFile && only !== undefined)
      return only.path.slice(0, Math.max(1, only.path.lastIndexOf('/'))) as ByteString
    if (dir === '' && only?.prefix !== '') return '' as ByteString
    return this.#outward(directoryPath(dir))
  }

  /**
   * What a person calls an entry to its path in the point: a path at the source, or one relative to the root of the point;
   * `/` and nothing are the root. A path that begins with a slash is one at the source and nothing else: `/etc/hosts` of a
   * point of `/mnt/old` must not bring the file of the old machine.
   * @throws path.not-found for a path at the source that the point does not cover
   */
  pointPath(wanted: ByteString): ByteString {
    const path = normalized(wanted)
    if (!this.covers(path))
      throw failure('path.not-found', { path: displayName(path), point: 'the backup point' })
    for (const { path: source, prefix } of this.#sources) {
      const inside = path === source ? '' : insideOf(path, source)
      if (inside === undefined) continue
      if (this.#isSingleFile) return source.slice(source.lastIndexOf('/') + 1) as ByteString
      return joinPath(prefix, inside as ByteString)
    }
    return (path.startsWith('/') ? path.slice(1) : path) as ByteString
  }

  /** Whether the point could hold this path: a relative one, the root, or one of its sources and what is below them. */
  covers(wanted: ByteString): boolean {
    const path = normalized(wanted)
    if (!path.startsWith('/') || path === '/') return true
    return this.#sources.some(({ path: source }) =>
      this.#isSingleFile
        ? path === source
        : path === source || insideOf(path, source) !== undefined,
    )
  }

  /** Whether all of the point lies below this folder, which is in no point itself: that of a single file is one. */
  isAbove(wanted: ByteString): boolean {
    const path = normalized(wanted)
    return this.#sources.every(({ path: source }) => insideOf(source, path) !== undefined)
  }

  #outward(path: ByteString): ByteString {
    for (const { path: source, prefix } of this.#sources) {
      if (prefix === '') return joinPath(source, path)
      if (path === prefix) return source
      const inside = insideOf(path, prefix)
      if (inside !== undefined) return joinPath(source, inside)
    }
    return path
  }
}

function insideOf(path: ByteString, directory: ByteString): ByteString | undefined {
  const start = directory.endsWith('/') ? directory : `${directory}/`
  return path.startsWith(start) ? (path.slice(start.length) as ByteString) : undefined
}

/** Without doubled and trailing slashes and without `.` as a level. */
function normalized(path: ByteString): ByteString {
  const levels = path.split('/').filter((level) => level !== '' && level !== '.')
  return `${path.startsWith('/') ? '/' : ''}${levels.join('/')}` as ByteString
}
