/** Lines of JSON, out of bytes. */
import { failure } from '#base'

/** A row of the catalog is far smaller; what is longer is no export. */
const lineBytesMax = 64 * 1024 * 1024

/** @throws export.damaged for a last line that does not end, and for text that is none */
export async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let waiting = ''
  for await (const bytes of content) {
    waiting += decode(decoder, bytes)
    let from = 0
    for (let end = waiting.indexOf('\n'); end >= 0; end = waiting.indexOf('\n', from)) {
      yield waiting.slice(from, end)
      from = end + 1
    }
    waiting = waiting.slice(from)
    if (waiting.length > lineBytesMax) throw damaged('a line of it does not end')
  }
  if (waiting !== '') throw damaged('it is cut off')
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true })
  } catch (problem) {
    throw failure('export.damaged', { problem: 'it is no text' }, problem)
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (problem) {
    throw failure('export.damaged', { problem: 'a line of it is no JSON' }, problem)
  }
}

export function isDigest(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function damaged(problem: string): Error {
  return failure('export.damaged', { problem })
}
