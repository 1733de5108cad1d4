/**
 * Where the entries of a point go. Into a directory: the tree stands directly under it. To the original paths: each source
 * goes back into the directory that held it, so what it is called there is an entry like any other.
 */
import { assert, type ByteString } from '#base'
import { entryKey, type PointSource } from '#engine'
import type { TargetRoot } from '#ports'

export type RestoreDestination =
  | { readonly kind: 'directory'; readonly path: ByteString }
  | { readonly kind: 'original' }

/** A place of its own for the entry of a source. */
export type SourcePlace = {
  readonly root: number
  /** Relative to the root; empty when the source is the root itself. */
  readonly path: ByteString
}

export class Destinations {
  readonly roots: readonly TargetRoot[]
  readonly #sources: readonly PointSource[]
  readonly #kind: RestoreDestination['kind']
  readonly #hasRootEntry: boolean

  /** @param hasRootEntry the point has an entry without a name: its only source is a directory */
  constructor(
    sources: readonly PointSource[],
    destination: RestoreDestination,
    hasRootEntry: boolean,
  ) {
    assert(sources.length > 0, 'a point has a source')
    this.#hasRootEntry = hasRootEntry
    this.#kind = destination.kind
    this.#sources = sources
    this.roots =
      destination.kind === 'directory'
        ? [{ kind: 'given', path: destination.path }]
        : sources.map(({ path }) => ({ kind: 'original', path: parentPath(path) }))
  }

  /** Undefined when the entry goes where its directory goes. */
  findSource(dir: ByteString, name: ByteString): SourcePlace | undefined {
    if (dir !== '' || this.#kind === 'directory') return undefined
    // A source of its own that is a file stands in the point under its name, not under a prefix.
    const number = this.#sources.findIndex(
      ({ prefix }) => prefix === '' || entryKey(prefix).name === name,
    )
    const source = this.#sources[number]
    if (source === undefined || (source.prefix === '' && name !== '' && this.#hasRootEntry))
      return undefined
    return { root: number, path: lastName(source.path) }
  }
}

function parentPath(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/')
  return (slash <= 0 ? '/' : path.slice(0, slash)) as ByteString
}

function lastName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString
}
