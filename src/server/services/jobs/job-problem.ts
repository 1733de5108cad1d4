/** Why a job ended, as a row keeps it (a code and a sentence) and as an answer shows it. */
import { catalogue, type ErrorCode, type ErrorContext, failure } from '#base'
import { type Problem, problemOf } from '#contract'
import type { Job } from '../../catalog/index.ts'

export type JobProblem = Pick<Job, 'problemCode' | 'problem'>

export const noProblem: JobProblem = { problemCode: null, problem: null }

const problemCharactersMax = 1_000

export function jobProblem(code: ErrorCode, context: ErrorContext): JobProblem {
  return { problemCode: code, problem: cut(failure(code, context).message) }
}

/** What an agent says; its words are shown to people, so nothing in them may hide or steer (A18). */
export function saidProblem(said: Pick<Problem, 'code' | 'detail'>): JobProblem {
  return {
    problemCode: isKnown(said.code) ? said.code : 'server.unknown-error',
    problem: inert(said.detail),
  }
}

/** Of what somebody else said, what can be shown: not too much, and nothing that steers. */
export function inert(text: string): string {
  return cut(text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd'))
}

export function problemRecord({ problemCode, problem }: JobProblem): Problem | undefined {
  if (problemCode === null) return undefined
  const code = isKnown(problemCode) ? problemCode : 'server.unknown-error'
  const shown = problemOf(failure(code))
  // The facts of the case are in the sentence that was kept; an advice that needs them would have gaps.
  const advise = catalogue[code].advise.includes('{') ? '' : shown.advise
  return { ...shown, advise, detail: problem ?? shown.detail }
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

function cut(text: string): string {
  if (text.length <= problemCharactersMax) return text
  return `${text.slice(0, problemCharactersMax - 1).toWellFormed()}…`
}
