/** Blocks from the server, sealed for the session. */
import { assert, forEachLimited } from '#base'
import {
  type ApiClient,
  fetchBytesMax,
  offsetsPerFetchMax,
  readBlocks,
  routes,
  type SessionId,
} from '#contract'
import { idOf } from '#engine'
import type { BlockRequest, BlockSource } from '#vault'
import type { RateLimit } from '../rate-limit.ts'

/** One session's calls. */
export type SessionLink = {
  readonly client: () => ApiClient
  readonly sessionId: SessionId
  /** Of the whole session; calls may have a shorter one. */
  readonly signal: AbortSignal
  readonly limit: RateLimit
  readonly patiently: <T>(call: () => Promise<T>) => Promise<T>
}

/** A restore fetches so many at once; more would wait at the server. */
const fetchesAtOnce = 4

export function remoteBlocks(link: SessionLink): BlockSource {
  return {
    async fetch({ object, blocks }, signal) {
      const parts = cutRequests(blocks)
      const answers: (readonly Uint8Array<ArrayBuffer>[])[] = []
      await forEachLimited([...parts.entries()], fetchesAtOnce, async ([i, part]) => {
        await link.limit.take(
          part.reduce((sum, { length }) => sum + length, 0),
          signal,
        )
        answers[i] = await link.patiently(async () => {
          const body = { pack: idOf(object), offsets: part.map(({ offset }) => offset) }
          const { sessionId } = link
          const input = { path: { sessionId }, body }
          const stream = await link.client().stream(routes.sessions.fetch, input, { signal })
          return await readBlocks(stream, part.length)
        })
      })
      const sealed = answers.flat()
      assert(sealed.length === blocks.length, 'the server answers for every block')
      return { sealed, buffers: sealed.map(({ buffer }) => buffer) }
    },
  }
}

type Blocks = BlockRequest['blocks']

/** As many in one request as the server answers at once. */
export function cutRequests(blocks: Blocks): readonly Blocks[] {
  const parts: Blocks[number][][] = []
  let bytes = 0
  for (const block of blocks) {
    const part = parts.at(-1)
    bytes += block.length
    if (part === undefined || part.length === offsetsPerFetchMax || bytes > fetchBytesMax) {
      parts.push([block])
      bytes = block.length
    } else part.push(block)
  }
  return parts
}
