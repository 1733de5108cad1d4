// An error on its way from a worker to the main thread: what the catalogue knows arrives as the same
// failure, anything else as an error that tells where it began.
import { catalogue, type ErrorCode, Failure, failure } from '#base'
import type { TravellingError } from './jobs.ts'

export function packError(problem: unknown): TravellingError {
  const { name, message, stack } =
    problem instanceof Error ? problem : new Error(`a thrown ${typeof problem}`)
  if (!(problem instanceof Failure)) return { code: undefined, context: {}, name, message, stack }
  return { code: problem.code, context: problem.context, name, message, stack }
}

export function unpackError({ code, context, name, message, stack }: TravellingError): Error {
  const cause = new Error(`${name} in a worker thread: ${message}`)
  if (stack !== undefined) cause.stack = stack
  return isKnown(code) ? failure(code, context, cause) : cause
}

function isKnown(code: ErrorCode | undefined): code is ErrorCode {
  return code !== undefined && code in catalogue
}
