/** What a person calls a point. */
import { type ByteString, failure } from '#base'
import type { KnownPoint } from '#engine'

const newestWord = 'latest'
const newestOfSource = `${newestWord}:`
const newestOfTag = 'tag:'

/**
 * One point by its id, a prefix of it, `latest`, `latest:/PATH` (the newest with this path among its sources or below one
 * of them), or `tag:NAME` (the newest of that tag). The newest is one that stays; of the trash only where no other is meant.
 * @throws point.not-found, point.ambiguous
 */
export function choosePoint(points: readonly KnownPoint[], wanted: string): KnownPoint {
  const matching = points.filter((known) => answers(known, wanted))
  const isNewest = [newestOfSource, newestOfTag].some((start) => wanted.startsWith(start))
  const chosen = wanted === newestWord || isNewest ? newestOf(matching) : matching
  const [only] = chosen
  if (only === undefined) throw failure('point.not-found', { point: wanted })
  if (chosen.length > 1) throw failure('point.ambiguous', { point: wanted, count: chosen.length })
  return only
}

/** Whether the path is a source of the point or lies below one. */
export function isOfSource({ point }: KnownPoint, path: ByteString): boolean {
  return point.sources.some(({ path: source }) => {
    const folder = source.endsWith('/') ? source : `${source}/`
    return path === source || path.startsWith(folder)
  })
}

function newestOf(points: readonly KnownPoint[]): readonly KnownPoint[] {
  const staying = points.filter(({ state }) => state.trashedUntil === undefined)
  return (staying.length > 0 ? staying : points).slice(-1)
}

function answers(known: KnownPoint, wanted: string): boolean {
  const { id, point } = known
  if (wanted === newestWord) return true
  if (wanted.startsWith(newestOfTag)) return point.tags.includes(wanted.slice(newestOfTag.length))
  if (wanted.startsWith(newestOfSource))
    return isOfSource(known, wanted.slice(newestOfSource.length) as ByteString)
  return wanted.length >= 4 && id.startsWith(wanted)
}
