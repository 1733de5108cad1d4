/** A problem as people read it: pieces of text, so that what stays English in another language can be marked as such. */
import { type ErrorContext, isFailure } from '#base'
import type { Problem } from '#contract'

export type Piece = {
  /** `english`: a sentence of the server that is shown as it is; `fact`: a name, a path, a number. */
  readonly kind: 'words' | 'fact' | 'english'
  readonly text: string
}

export type Told = { readonly says: readonly Piece[]; readonly advises: readonly Piece[] }

/** What is known of a problem, whether it was thrown here or stands in an answer. */
export type KnownProblem = Pick<Problem, 'code' | 'detail' | 'advise' | 'context'>

/** Undefined: it is no error of the catalogue. */
export function knownProblem(problem: unknown): KnownProblem | undefined {
  if (isFailure(problem)) {
    const { code, message, advice, context } = problem
    return { code, detail: message, advise: advice, context }
  }
  return isKnownProblem(problem) ? problem : undefined
}

function isKnownProblem(problem: unknown): problem is KnownProblem {
  return (
    typeof problem === 'object' &&
    problem !== null &&
    !(problem instanceof Error) &&
    'code' in problem &&
    'detail' in problem &&
    'advise' in problem &&
    'context' in problem
  )
}

/** As the server says it. */
export function tellAsSaid(problem: unknown): Told {
  const known = knownProblem(problem)
  if (known !== undefined) return { says: english(known.detail), advises: english(known.advise) }
  const text = problem instanceof Error ? problem.message : String(problem)
  return { says: [{ kind: 'words', text }], advises: [] }
}

export function english(text: string): readonly Piece[] {
  return text === '' ? [] : [{ kind: 'english', text }]
}

/** The words of a text with braces and the keys between them: word, key, word, key, …, word. */
export function wordsAndKeys(template: string): readonly string[] {
  return template.split(/\{(\w+)\}/)
}

/**
 * The facts that a sentence was made with, read back out of it: jobs keep the sentence alone.
 * @returns undefined when it was not made from this template, or when where a fact ends cannot be told
 */
export function factsIn(template: string, text: string): ErrorContext | undefined {
  const [first = '', ...rest] = wordsAndKeys(template)
  if (!text.startsWith(first)) return undefined
  if (rest.length === 0) return text === first ? {} : undefined
  const facts: Record<string, string> = {}
  let at = first.length
  for (let index = 0; index < rest.length; index += 2) {
    const key = rest[index] ?? ''
    const after = rest[index + 1] ?? ''
    const end = endOfFact(text, { at, after, isLast: index + 2 === rest.length })
    if (end === undefined) return undefined
    facts[key] = text.slice(at, end)
    at = end + after.length
  }
  return facts
}

function endOfFact(
  text: string,
  { at, after, isLast }: { readonly at: number; readonly after: string; readonly isLast: boolean },
): number | undefined {
  if (isLast) {
    const end = text.length - after.length
    return end >= at && text.endsWith(after) ? end : undefined
  }
  const end = after === '' ? -1 : text.indexOf(after, at)
  return end < 0 ? undefined : end
}
