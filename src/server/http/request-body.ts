/**
 * Bodies of calls: bounded in size, and in the patience that we have with the sender. Time in which nobody here asks for
 * the next bytes does not count against it: whoever reads slowly slows the sender.
 */
import type { IncomingMessage } from 'node:http'
import { failure } from '#base'
import { bodyMediaOf, isBinary, type RouteSpec } from '#contract'
import type { ListenerLimits } from './listener-limits.ts'

export type BodyLimits = { readonly bytesMax: number } & Pick<
  ListenerLimits,
  'bodyIdleMs' | 'bodyBytesPerSecondMin'
>

/** What the headers say of the body, before a byte of it is read. @throws request.invalid, request.too-large */
export function checkBodyHeaders(
  spec: RouteSpec,
  message: IncomingMessage,
  bytesMax: number,
): void {
  const { headers } = message
  const media = bodyMediaOf(spec)
  const length = Number(headers['content-length'] ?? 0)
  if (media === undefined) {
    if (length > 0 || headers['transfer-encoding'] !== undefined) {
      throw failure('request.invalid', { where: 'body', problem: 'this route takes none' })
    }
    return
  }
  const given = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (given !== media) {
    throw failure('request.invalid', { where: 'header Content-Type', problem: `must be ${media}` })
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw failure('request.invalid', { where: 'header Content-Encoding', problem: 'not accepted' })
  }
  if (length > bytesMax) throw failure('request.too-large', { limit: bytesMax })
}

/** @throws request.too-large, request.too-slow, job.aborted when the sender is gone */
export async function* readChunks(
  message: IncomingMessage,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array> {
  // What is left when the reader has enough stays in the connection, on which the answer goes out.
  const chunks: AsyncIterator<Uint8Array> = message.iterator({ destroyOnReturn: false })
  let bytes = 0
  let waitedMs = 0
  try {
    for (;;) {
      const spareMs = (bytes / limits.bodyBytesPerSecondMin) * 1_000 - waitedMs
      const patienceMs = limits.bodyIdleMs + Math.min(0, spareMs)
      const since = performance.now()
      const step = await within(chunks.next(), patienceMs)
      waitedMs += performance.now() - since
      if (step.done === true) return
      bytes += step.value.length
      if (bytes > limits.bytesMax) throw failure('request.too-large', { limit: limits.bytesMax })
      yield step.value
    }
  } finally {
    // A read that was given up may still be under way and fail when the connection ends.
    chunks.return?.().catch(() => undefined)
  }
}

export type JsonBody = { readonly bytes: Uint8Array; readonly value: unknown }

export async function readJson(message: IncomingMessage, limits: BodyLimits): Promise<JsonBody> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readChunks(message, limits)) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return { bytes, value: parsedJson(bytes) }
}

export function bytesMaxOf(spec: RouteSpec, limits: ListenerLimits): number {
  if (spec.body !== undefined && isBinary(spec.body)) return spec.body.bytesMax
  const isPublic = spec.class.callers.includes('public')
  return isPublic ? limits.publicJsonBytesMax : limits.jsonBytesMax
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (problem) {
    throw failure('request.invalid', { where: 'body', problem: 'it is no JSON in UTF-8' }, problem)
  }
}

async function within<Value>(step: Promise<Value>, milliseconds: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(failure('request.too-slow')), Math.max(0, milliseconds))
  try {
    return await Promise.race([
      step.catch((problem: unknown) => {
        throw failure('job.aborted', {}, problem)
      }),
      promise,
    ])
  } finally {
    clearTimeout(timer)
  }
}
