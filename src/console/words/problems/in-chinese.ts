/** Problems and warnings told in Chinese. What is not known here stays as the server says it, and is marked as English. */
import { catalogue, type ErrorCode, type ErrorContext } from '#base'
import { problemsChinese } from './chinese.ts'
import { reasonsChinese } from './reasons.ts'
import type { Said } from './said.ts'
import {
  english,
  factsIn,
  knownProblem,
  type Piece,
  type Told,
  tellAsSaid,
  wordsAndKeys,
} from './telling.ts'
import { englishKeys, valuesChinese } from './values.ts'
import { warningsChinese } from './warnings.ts'

export type InChinese = {
  readonly problem: (problem: unknown) => Told
  /** Of a sentence that has no code. */
  readonly sentence: (text: string) => readonly Piece[]
}

export const inChinese: InChinese = { problem: tellProblem, sentence: tellSentence }

/** Sentences stand in sentences: behind the colon of a warning is an error, say. */
const depthMax = 3

function tellProblem(problem: unknown): Told {
  const known = knownProblem(problem)
  if (known === undefined || !isCode(known.code)) return tellAsSaid(problem)
  const { code, detail, advise, context } = known
  const { says, advise: advises } = problemsChinese[code]
  const facts = { ...factsIn(catalogue[code].says, detail), ...context }
  return {
    says: filled(says, facts) ?? english(detail),
    advises: filled(advises, facts) ?? english(advise),
  }
}

function tellSentence(text: string): readonly Piece[] {
  return phrase(text, depthMax) ?? english(text)
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(problemsChinese, code)
}

/** Undefined: a fact is missing. */
function filled(
  template: string,
  facts: ErrorContext,
  depth = depthMax,
): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (const [index, text] of wordsAndKeys(template).entries()) {
    if (index % 2 === 0) {
      if (text !== '') pieces.push({ kind: 'words', text })
      continue
    }
    const fact = facts[text]
    if (fact === undefined || !Object.hasOwn(facts, text)) return undefined
    pieces.push(...pieceOf(text, String(fact), depth))
  }
  return pieces
}

function pieceOf(key: string, fact: string, depth: number): readonly Piece[] {
  const values = valuesChinese[key]
  const value = values !== undefined && Object.hasOwn(values, fact) ? values[fact] : undefined
  if (value !== undefined) return [{ kind: 'words', text: value }]
  if (!englishKeys.has(key)) return [{ kind: 'fact', text: fact }]
  return phrase(fact, depth - 1) ?? english(fact)
}

function phrase(text: string, depth: number): readonly Piece[] | undefined {
  if (depth <= 0) return undefined
  for (const [from, to] of knownSentences()) {
    const facts = factsIn(from, text)
    const told = facts && filled(to, facts, depth)
    if (told !== undefined) return told
  }
  return undefined
}

/** Also those of the catalogue that begin with words of their own: they are quoted inside others. */
let sentences: readonly (readonly [string, string])[] | undefined
const ownWordsMin = 8

function knownSentences(): readonly (readonly [string, string])[] {
  if (sentences !== undefined) return sentences
  sentences = [
    ...warningsChinese,
    ...reasonsChinese,
    ...Object.entries(catalogue).flatMap(([code, entry]) =>
      isCode(code) && hasOwnWords(entry.says) ? bothForms(entry, problemsChinese[code]) : [],
    ),
  ]
  return sentences
}

/** With what to do, and without. */
function bothForms(from: Said, to: Said): readonly (readonly [string, string])[] {
  return [
    [`${from.says} ${from.advise}`, to.says + to.advise],
    [from.says, to.says],
  ]
}

function hasOwnWords(template: string): boolean {
  return wordsAndKeys(template).some((words, at) => at % 2 === 0 && words.length >= ownWordsMin)
}
