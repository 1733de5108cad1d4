/** Errors as problem details (RFC 9457). What is no error of the catalogue is a bug: told by its request id, logged whole. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Failure, failure, isFailure } from '#base'
import { problemMedia, problemOf } from '#contract'
import type { Log } from '../kernel.ts'
import { apiHeaders } from './response-headers.ts'

/** @returns what the caller is told */
export function failureToTell(problem: unknown, requestId: string, log: Log): Failure {
  if (isFailure(problem)) {
    if (problem.entry.kind === 'damaged') log.error({ problem, requestId }, 'A call met damage.')
    return problem
  }
  log.error({ problem, requestId }, 'A call met a bug.')
  return failure('server.fault', { request: requestId }, problem)
}

export type ProblemText = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export function renderProblem(problem: Failure, requestId: string): ProblemText {
  const told = problemOf(problem, requestId)
  const seconds = problem.context['seconds']
  return {
    status: told.status,
    headers: {
      'content-type': problemMedia,
      // Facts of the case may be an agent's: in a header stands a number of ours, or nothing.
      ...(isCount(seconds) && { 'retry-after': String(seconds) }),
      ...(told.status === 401 && { 'www-authenticate': 'Bearer realm="holdfast"' }),
    },
    text: JSON.stringify(told),
  }
}

function isCount(fact: unknown): fact is number {
  return Number.isSafeInteger(fact) && Number(fact) >= 0
}

/**
 * Ends the connection after the answer when the body was not read to its end. What still comes is thrown away for a
 * moment, so that a sender that is still sending gets to read the answer.
 */
export function partAfter(response: ServerResponse, farewellMs: number): void {
  const { req: message } = response
  if (message.complete) return
  response.shouldKeepAlive = false
  response.once('finish', () => {
    const { socket } = message
    message.on('error', () => undefined)
    message.resume()
    setTimeout(() => socket.destroy(), farewellMs).unref()
  })
}

/** What is no HTTP: there is no request to answer, only a connection. */
export function refuseConnection(
  problem: Error & { readonly code?: string },
  socket: Duplex,
): void {
  if (problem.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = failureOfParser(problem.code ?? '')
  const { status, text } = renderProblem(refusal, '')
  const lines = Object.entries({
    ...apiHeaders,
    'content-type': problemMedia,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${text}`)
  setTimeout(() => socket.destroy(), 1_000).unref()
}

function failureOfParser(code: string): Failure {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return failure('request.malformed', { problem: 'its headers are too long' })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return failure('request.too-slow')
    default:
      return failure('request.malformed', { problem: code === '' ? 'unreadable' : code })
  }
}
