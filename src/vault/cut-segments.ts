/**
 * What is known of many packs as index segments of a moderate size: one of all packs would outgrow an envelope at sixteen
 * million chunks, and what reads or writes it would hold it in memory twice.
 */
import { encodeIndexSegment, type IndexedPack, idPrefixBytes, type ObjectName } from '#engine'
import type { Ownership } from './ownership.ts'
import { putSealed } from './vault.ts'

/** 16 MiB of ids. A pack that holds more stands alone. */
const chunksPerSegmentMax = 1_000_000
const packsPerSegmentMax = 10_000

export function cutSegments(packs: readonly IndexedPack[]): (readonly IndexedPack[])[] {
  const segments: IndexedPack[][] = []
  let chunks = 0
  for (const pack of packs) {
    const own = pack.blocks.reduce((sum, { prefixes }) => sum + prefixes.length / idPrefixBytes, 0)
    const last = segments.at(-1)
    const fits =
      last !== undefined && last.length < packsPerSegmentMax && chunks + own <= chunksPerSegmentMax
    if (fits) last.push(pack)
    else segments.push([pack])
    chunks = fits ? chunks + own : own
  }
  return segments
}

/**
 * Writes them. Others go out of use with the last one, when everything is said again that they said; so after a death in
 * between nothing is lost, and some of it stands there twice.
 * @returns their names
 */
export async function putSegments(
  ownership: Ownership,
  {
    packs,
    supersedes,
  }: { readonly packs: readonly IndexedPack[]; readonly supersedes: readonly Uint8Array[] },
  signal: AbortSignal,
): Promise<ReadonlySet<ObjectName>> {
  const segments = cutSegments(packs)
  if (segments.length === 0 && supersedes.length > 0) segments.push([])
  const names = new Set<ObjectName>()
  for (const [i, part] of segments.entries()) {
    const isLast = i === segments.length - 1
    const segment = { supersedes: isLast ? supersedes : [], packs: part }
    await ownership.assertOwned(signal)
    names.add(
      await putSealed(
        ownership.vault,
        { kind: 'index', plaintext: encodeIndexSegment(segment) },
        signal,
      ),
    )
  }
  return names
}
