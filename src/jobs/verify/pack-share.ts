/**
 * Which packs a run reads when it reads only a share: those after the cursor, in the order of their names, so that runs of
 * a thirtieth each cover every byte in thirty runs. Sampling by chance would leave some unread for years.
 */
import { assert } from '#base'

export type ReadShare = {
  /** Where the run before ended: the name of the last pack that it read. */
  readonly cursor: string | undefined
  /** Of the bytes of all packs; 1 reads all of them. */
  readonly share: number
}

export type SharedPack = { readonly name: string; readonly bytes: number }

/** @param packs in name order */
export function takeShare<T extends SharedPack>(
  packs: readonly T[],
  { cursor, share }: ReadShare,
): { readonly taken: readonly T[]; readonly cursor: string | undefined } {
  assert(share > 0 && share <= 1, 'a share is more than nothing and at most all')
  if (share === 1) return { taken: packs, cursor: undefined }
  const total = packs.reduce((sum, { bytes }) => sum + bytes, 0)
  const rest = packs.filter(({ name }) => cursor === undefined || name > cursor)
  const taken: T[] = []
  let bytes = 0
  for (const pack of rest) {
    if (bytes >= total * share && taken.length > 0) break
    taken.push(pack)
    bytes += pack.bytes
  }
  const isEnd = taken.length === rest.length
  return { taken, cursor: isEnd ? undefined : taken.at(-1)?.name }
}
