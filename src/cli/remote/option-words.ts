/** Options whose words are a fixed set, as types. */
import { failure } from '#base'
import type { Given } from '../command.ts'

export function oneOf<const Word extends string>(
  given: Given,
  option: string,
  words: readonly Word[],
): Word | undefined {
  const text = given.text(option)
  return text === undefined ? undefined : wordOf(text, option, words)
}

/** All that were given; none is an empty list, which a query leaves out. */
export function someOf<const Word extends string>(
  given: Given,
  option: string,
  words: readonly Word[],
): readonly Word[] {
  return given.texts(option).map((text) => wordOf(text, option, words))
}

/** @throws usage.invalid */
export function wordOf<const Word extends string>(
  text: string,
  what: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  const problem = `${what} is one of ${words.join(', ')}; "${text}" is none of them`
  throw failure('usage.invalid', { problem })
}

/** A number of that many at least. @throws usage.invalid */
export function numberOf(text: string, what: string, min = 0): number {
  const value = Number(text)
  if (/^\d{1,15}$/.test(text) && value >= min) return value
  throw failure('usage.invalid', { problem: `${what} takes a number from ${min}, not "${text}"` })
}
