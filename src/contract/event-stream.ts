/** Server-sent events (text/event-stream) of the route `server.events`: one JSON text an event. */

import { failure } from '#base'
import { type ServerEvent, serverEvent } from './records/console.ts'
import { encodeWire, tryDecodeWire } from './wire/frozen.ts'

export const eventStreamMedia = 'text/event-stream'
/** A longer line is no event of ours; the reader keeps no more. */
export const eventCharactersMax = 1 << 20

/** A comment that keeps the connection open through proxies. */
export const keepAlive = ': \n\n'

export function writeEvent(event: ServerEvent): string {
  return `id: ${event.eventId}\ndata: ${JSON.stringify(encodeWire(serverEvent, event))}\n\n`
}

/** Events of kinds that this version does not know are passed over. @throws server.unknown-error, limit.exceeded */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let data: string[] = []
  for await (const line of lines(stream)) {
    if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
    if (line !== '' || data.length === 0) continue
    const event = eventOf(data.join('\n'))
    data = []
    if (event !== undefined) yield event
  }
}

async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  let held = ''
  for await (const piece of stream) {
    held += decoder.decode(piece, { stream: true })
    const parts = held.split(/\r\n|\n|\r(?!$)/)
    held = parts.pop() ?? ''
    if (held.length > eventCharactersMax) {
      throw failure('limit.exceeded', { what: 'An event', limit: eventCharactersMax })
    }
    yield* parts
  }
}

function eventOf(text: string): ServerEvent | undefined {
  const read = tryDecodeWire(serverEvent, parsedJson(text))
  return 'value' in read ? read.value : undefined
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (problem) {
    throw failure('server.unknown-error', { code: 'event', problem: 'it is no JSON' }, problem)
  }
}
