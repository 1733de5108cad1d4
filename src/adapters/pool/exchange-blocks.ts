// Blocks between a vault and the session of a machine without its keys, with this thread's cipher.
import { freeBytes } from '#base'
import { admitBlock, chunkId, chunkIdBytes, type KeyChange, releaseBlock } from '#engine'
import type { AdmitAsk, EncodedBlock, ReleaseAsk } from './jobs.ts'
import type { WorkerTools } from './worker-tools.ts'

/** One block, or none when nothing of it is to be kept. */
export function admit({ ciphers }: WorkerTools, ask: AdmitAsk): readonly EncodedBlock[] {
  const { kind, content, sealed, level } = ask
  const keys = keysOf(ask)
  const lengths = [...ask.lengths]
  const ids = Array.from({ length: ask.ids.length / chunkIdBytes }, (_, i) =>
    chunkId(ask.ids.subarray(i * chunkIdBytes, (i + 1) * chunkIdBytes)),
  )
  const block = admitBlock(ciphers[content], keys, {
    kind,
    sealed,
    ids,
    lengths,
    keep: [...ask.keep],
    level,
  })
  freeBytes(sealed)
  if (block === undefined) return []
  // A copy: it travels, and the cipher of a thread may use its last result again.
  return [{ bytes: block.bytes.slice(), rawLength: block.rawLength, chunks: block.ids.length }]
}

export function release({ cipher }: WorkerTools, ask: ReleaseAsk): Uint8Array {
  const { kind, sealed, object } = ask
  const keys = keysOf(ask)
  const show = [...ask.show]
  const bytes = releaseBlock(cipher, keys, { kind, sealed, show, object }).slice()
  freeBytes(sealed)
  return bytes
}

const changesMax = 64
const changes = new Map<string, KeyChange>()

/** Every message brings its own copy of the keys; a cipher of a thread knows keys again by the object that they are. */
function keysOf({ keys }: { readonly keys: KeyChange }): KeyChange {
  const name = [keys.from, keys.to].map(({ data, idKey }) => `${data.key}/${idKey}`).join()
  const known = changes.get(name)
  if (known !== undefined) return known
  if (changes.size >= changesMax) changes.clear()
  changes.set(name, keys)
  return keys
}
