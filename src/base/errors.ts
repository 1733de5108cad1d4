/** Errors of the catalogue (catalogue.ts), with the facts of one case. */
import { catalogue, type ErrorCode } from './catalogue.ts'
import type { ErrorEntry } from './error-entry.ts'

export type ErrorContext = Readonly<Record<string, string | number>>

/** An error of the catalogue, with the facts of this case and what caused it. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ErrorCode
  readonly context: ErrorContext

  constructor(code: ErrorCode, context: ErrorContext, cause?: unknown) {
    super(filled(catalogue[code].says, context), cause === undefined ? undefined : { cause })
    this.code = code
    this.context = context
  }

  get entry(): ErrorEntry {
    return catalogue[this.code]
  }

  /** What to do about it, with the facts of this case. */
  get advice(): string {
    return filled(catalogue[this.code].advise, this.context)
  }
}

/** @returns the error to throw: `throw failure('object.missing', { object }, problem)`. */
export function failure(code: ErrorCode, context: ErrorContext = {}, cause?: unknown): Failure {
  return new Failure(code, context, cause)
}

export function isFailure(problem: unknown, code?: ErrorCode): problem is Failure {
  return problem instanceof Failure && (code === undefined || problem.code === code)
}

/** Throws `job.aborted` when the signal fired. */
export function checkAborted(signal: { readonly aborted: boolean }): void {
  if (signal.aborted) throw failure('job.aborted')
}

function filled(text: string, context: ErrorContext): string {
  return text.replace(/\{(\w+)\}/g, (_, key: string) => String(context[key] ?? '?'))
}
