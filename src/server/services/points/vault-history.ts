/**
 * One path over the points of one vault, from the newest back: each step asks one point, and a run of points that show the
 * same is told when its end was seen. What was asked for and not told yet is kept as two numbers, so that a run may be
 * longer than a call.
 */
import { assert, type ByteString } from '#base'
import type { FileVersion, VaultId } from '#contract'
import { type EntryFinding, PathLookup, PointPaths, showsSame } from '#jobs'
import type { ChunkReader } from '#vault'
import { entryRecord } from './entry-records.ts'
import type { InstanceKnownPoint } from './instance-points.ts'

/** Points by their sequence numbers: all from `told` on were told; those from `seen` up to it show the same. */
export type HistoryPlace = { readonly told: number; readonly seen: number }

export class VaultHistory {
  readonly vaultId: VaultId
  readonly #points: readonly InstanceKnownPoint[]
  readonly #lookup: PathLookup
  /** What the run shows that is looked at. */
  #shown: EntryFinding | undefined
  #start = 0
  #end = 0

  /** @param of points that cover the path, the newest first */
  constructor(
    reader: ChunkReader,
    of: {
      readonly vaultId: VaultId
      readonly path: ByteString
      readonly points: readonly InstanceKnownPoint[]
      readonly place: HistoryPlace | undefined
    },
  ) {
    const { vaultId, path, points, place } = of
    this.vaultId = vaultId
    this.#lookup = new PathLookup(reader, path)
    if (place === undefined) {
      this.#points = points
      return
    }
    this.#points = points.filter((point) => sequenceOf(point) < place.told)
    this.#end = this.#points.filter((point) => sequenceOf(point) >= place.seen).length
  }

  /** When the newest point is from that was not told yet; undefined: all were. */
  get lastAt(): number | undefined {
    return this.#points[this.#start]?.known.point.createdAt
  }

  get place(): HistoryPlace {
    const [newest, oldest] = [this.#points[this.#start], this.#points[this.#end - 1]]
    assert(newest !== undefined, 'what was told to its end has no place')
    const told = sequenceOf(newest) + 1
    return { told, seen: this.#end > this.#start && oldest ? sequenceOf(oldest) : told }
  }

  /** Asks one more point. @returns the run that ends before it */
  async step(signal: AbortSignal): Promise<FileVersion | undefined> {
    if (this.#shown === undefined) {
      this.#shown = await this.#look(this.#start, signal)
      if (this.#end === this.#start) {
        this.#end++
        return undefined
      }
    }
    const [shown, next] = [this.#shown, await this.#look(this.#end, signal)]
    if (shown !== undefined && next !== undefined && showsSame(shown, next)) {
      this.#end++
      return undefined
    }
    const version = shown && this.#versionOf(shown)
    this.#start = this.#end
    this.#shown = next
    if (next !== undefined) this.#end++
    // Before the path was there for the first time it was not "gone".
    const isNothing = next === undefined && version?.entry === undefined && !version?.unread
    return isNothing ? undefined : version
  }

  async #look(at: number, signal: AbortSignal): Promise<EntryFinding | undefined> {
    const point = this.#points[at]
    if (point === undefined) return undefined
    const finding = await this.#lookup.find(point.known, signal)
    assert(finding !== undefined, 'the points of a history cover its path')
    return finding
  }

  #versionOf({ entry, isUnread }: EntryFinding): FileVersion {
    const [last, first] = [this.#points[this.#start], this.#points[this.#end - 1]]
    assert(last !== undefined && first !== undefined, 'a run has points')
    return {
      vaultId: this.vaultId,
      ...(entry === undefined
        ? {}
        : { entry: entryRecord(entry, new PointPaths(first.known.point)) }),
      unread: isUnread,
      firstPointId: first.pointId,
      firstAt: first.known.point.createdAt,
      lastPointId: last.pointId,
      lastAt: last.known.point.createdAt,
      pointCount: this.#end - this.#start,
    }
  }
}

function sequenceOf({ known }: InstanceKnownPoint): number {
  return known.point.sequence
}
