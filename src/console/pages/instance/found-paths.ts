/** What a search over all points found, path by path: states of one path come from several groups of points. */
import type { Entry, FoundEntry } from '#contract'

export type FoundPath = {
  readonly path: Entry['path']
  readonly newest: FoundEntry
  /** In how many points something that fits stands there, as far as was looked. */
  readonly pointCount: number
}

export function foundPaths(found: readonly FoundEntry[]): readonly FoundPath[] {
  const paths = new Map<Entry['path'], FoundPath>()
  for (const one of found) {
    const { path } = one.entry
    const before = paths.get(path)
    const isNewer = before === undefined || one.createdAt > before.newest.createdAt
    paths.set(path, {
      path,
      newest: isNewer ? one : before.newest,
      pointCount: (before?.pointCount ?? 0) + one.pointCount,
    })
  }
  return [...paths.values()]
}
