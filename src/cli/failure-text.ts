/** An error of the catalogue as text and as fields. */
import { catalogue, type Failure } from '#base'
import type { Fields } from './output.ts'
import { printable } from './printable.ts'

export function failureLines(problem: Failure): readonly string[] {
  return [printable(problem.message), printable(problem.advice)]
}

export function failureFields(problem: Failure): Fields {
  const { kind, exit } = catalogue[problem.code]
  const [message, advice] = failureLines(problem)
  return { code: problem.code, kind, exit, message, advice }
}

/** The chain of causes, for --verbose. */
export function causeLines(problem: unknown): readonly string[] {
  const lines: string[] = []
  let cause: unknown = problem instanceof Error ? problem.cause : undefined
  for (let depth = 0; cause !== undefined && depth < 8; depth++) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    lines.push(`  because: ${printable(text)}`)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return lines
}
