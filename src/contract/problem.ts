/**
 * Errors on the wire: problem details (RFC 9457) with the code and the context of the catalogue, so that the caller holds
 * the same Failure that was thrown here. `originalCode` is the name that users of the original product know.
 */

import { z } from 'zod'
import { catalogue, type ErrorCode, type Failure, failure } from '#base'
import type { Decoded } from './wire/frozen.ts'

export const problemMedia = 'application/problem+json'
const typePrefix = 'urn:holdfast:error:'

const contextKeysMax = 32
const textMax = 4_096

export const problem = z
  .object({
    /** `urn:holdfast:error:` and the code. */
    type: z.string().max(200),
    title: z.string().max(500),
    status: z.int().min(400).max(599),
    detail: z.string().max(textMax),
    /** The id of the request, to be found in the log. */
    instance: z.string().max(200).optional(),
    code: z.string().max(100),
    advise: z.string().max(textMax),
    context: z
      .record(z.string().max(64), z.union([z.string().max(textMax), z.number()]))
      .refine((context) => Object.keys(context).length <= contextKeysMax),
    originalCode: z.string().max(100).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = Decoded<typeof problem>

/** Names of the original product for the same fact. */
export const originalCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  'agent.unreachable': 'AgentChannelUnavailable',
  'binding.exists': 'PolicyAlreadyBoundWithThisDataSource',
  'client.not-installed': 'ClientNotInstalled',
  'instance.not-found': 'InstanceNotExists',
  'instance.not-running': 'InstanceNotRunning',
  'target.not-found': 'TARGET_NOT_EXIST',
}

const kindTitles = {
  refused: 'Something must change before it can work',
  unavailable: 'The same call may work later',
  damaged: 'Stored bytes are not what they must be',
  aborted: 'Ended on request',
} as const

/** @param requestId where it happened; absent for a problem inside a result */
export function problemOf(problem: Failure, requestId?: string): Problem {
  const { kind, status } = problem.entry
  const advise = problem.advice
  const originalCode = originalCodes[problem.code]
  return {
    type: `${typePrefix}${problem.code}`,
    title: kindTitles[kind],
    // Codes of jobs (partial, say) are no errors of HTTP; inside a result they still need a status.
    status: status >= 400 && status <= 599 ? status : 500,
    detail: cut(problem.message),
    ...(requestId === undefined ? {} : { instance: requestId }),
    code: problem.code,
    advise: cut(advise),
    context: Object.fromEntries(
      Object.entries(problem.context)
        .slice(0, contextKeysMax)
        .map(([key, value]) => [key, typeof value === 'string' ? cut(value) : value]),
    ),
    ...(originalCode === undefined ? {} : { originalCode }),
  }
}

/** The Failure that the other side threw. A code of a newer server becomes `server.unknown-error` with its text. */
export function failureOf(said: Problem): Failure {
  if (isKnown(said.code)) return failure(said.code, said.context)
  return failure('server.unknown-error', { code: said.code, problem: said.detail })
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

/** A path of a file may be longer than anybody reads. */
function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax - 1).toWellFormed()}…`
}
