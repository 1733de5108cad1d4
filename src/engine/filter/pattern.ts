/**
 * A pattern of rule B3 as tokens. What its separators say:
 *
 *     *.txt  *abc*  cache     no separator: a name on any level, so the stars reach across directories
 *     /a/x/share              begins with one: the whole path; each star is one level (its name or a part of it)
 *     a/x                     one inside: the end of a path; in an ignore file: below the directory of that file
 *     cache/                  ends with one: directories only; it does not count as a separator otherwise
 *     a/(two stars)/x         any number of levels, none as well; at the end: everything below
 *
 * `?` is one character, `[a-z]` and `[!a-z]` one of a set, `\` takes the next character as it is. None of them matches
 * the separator. Characters are those of UTF-8; a byte that is none counts as one character of its own.
 */
import { type ByteString, displayName, failure } from '#base'
import { isInRanges, type SymbolRange, symbolsOf } from './symbols.ts'

export type PatternToken =
  | { readonly kind: 'symbol'; readonly symbol: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly ranges: readonly SymbolRange[]; readonly isNegated: boolean }
  /** Any number of characters of one name. */
  | { readonly kind: 'star' }
  /** At the beginning of a name: any number of whole levels. */
  | { readonly kind: 'levels' }
  /** Everything below. */
  | { readonly kind: 'rest' }

export type Pattern = {
  readonly directoriesOnly: boolean
  /** Begins with the separator of the root. */
  readonly tokens: readonly PatternToken[]
}

export const patternBytesMax = 4096

const slash = 0x2f
const backslash = 0x5c
const star = 0x2a
const question = 0x3f
const open = 0x5b
const close = 0x5d
const bang = 0x21
const caret = 0x5e
const dash = 0x2d
const colon = 0x3a

/**
 * @param base directory that the pattern speaks of: its ignore file stands there; undefined for the whole machine
 * @throws usage.invalid
 */
export function parsePattern(text: ByteString, base?: ByteString): Pattern {
  if (text.length > patternBytesMax)
    throw failure('limit.exceeded', { what: 'A pattern', limit: `${patternBytesMax} bytes` })
  const symbols = symbolsOf(text)
  const directoriesOnly = endsWithSeparator(symbols)
  const body = directoriesOnly ? symbols.slice(0, -1) : symbols
  const isAnchored = body[0] === slash
  const levels = splitLevels(isAnchored ? body.slice(1) : body)
  if (levels.some((level) => level.length === 0) || text.includes('\0'))
    throw failure('usage.invalid', { problem: `"${displayName(text)}" is not a pattern` })
  const isBelowBase = isAnchored || (base !== undefined && levels.length > 1)
  const tokens: PatternToken[] = [...literal(base === '/' ? '' : (base ?? ''))]
  tokens.push({ kind: 'symbol', symbol: slash })
  if (!isBelowBase) tokens.push({ kind: 'levels' })
  for (const [i, level] of levels.entries()) {
    const isLast = i === levels.length - 1
    if (isDoubleStar(level)) {
      tokens.push({ kind: isLast ? 'rest' : 'levels' })
      continue
    }
    tokens.push(...parseLevel(level, text))
    if (!isLast) tokens.push({ kind: 'symbol', symbol: slash })
  }
  return { directoriesOnly, tokens }
}

function literal(text: string): PatternToken[] {
  return symbolsOf(text).map((symbol) => ({ kind: 'symbol', symbol }))
}

function endsWithSeparator(symbols: readonly number[]): boolean {
  return symbols.length > 1 && symbols.at(-1) === slash && symbols.at(-2) !== backslash
}

function splitLevels(symbols: readonly number[]): number[][] {
  const levels: number[][] = [[]]
  for (const symbol of symbols) {
    if (symbol === slash) levels.push([])
    else levels.at(-1)?.push(symbol)
  }
  return levels
}

function isDoubleStar(level: readonly number[]): boolean {
  return level.length >= 2 && level.every((symbol) => symbol === star)
}

function parseLevel(level: readonly number[], text: ByteString): PatternToken[] {
  const tokens: PatternToken[] = []
  for (let at = 0; at < level.length; at++) {
    const symbol = level[at] ?? 0
    if (symbol === star) {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' })
    } else if (symbol === question) tokens.push({ kind: 'any' })
    else if (symbol === open) {
      const set = parseSet(level, at, text)
      if (set !== undefined) at = set.end
      tokens.push(set?.token ?? { kind: 'symbol', symbol })
    } else if (symbol === backslash && at + 1 < level.length) {
      tokens.push({ kind: 'symbol', symbol: level[++at] ?? 0 })
    } else tokens.push({ kind: 'symbol', symbol })
  }
  return tokens
}

/** Undefined when no bracket closes it: then the bracket is an ordinary character. */
function parseSet(
  level: readonly number[],
  from: number,
  text: ByteString,
): { readonly token: PatternToken; readonly end: number } | undefined {
  let at = from + 1
  const isNegated = level[at] === bang || level[at] === caret
  if (isNegated) at++
  const ranges: SymbolRange[] = []
  for (const first = at; at < level.length; at++) {
    let low = level[at] ?? 0
    if (low === close && at > first) return { token: { kind: 'set', ranges, isNegated }, end: at }
    if (low === open && level[at + 1] === colon)
      throw failure('usage.invalid', {
        problem: `"${displayName(text)}" has a named class; only [abc] and [a-z] are known`,
      })
    if (low === backslash && at + 1 < level.length) low = level[++at] ?? 0
    let high = low
    const isRange = level[at + 1] === dash && level[at + 2] !== undefined && level[at + 2] !== close
    if (isRange) {
      at += 2
      if (level[at] === backslash && at + 1 < level.length) at++
      high = level[at] ?? 0
    }
    ranges.push({ low, high })
  }
  return undefined
}

/** Whether a set takes this character; never the separator. */
export function isInSet(token: Extract<PatternToken, { kind: 'set' }>, symbol: number): boolean {
  return symbol !== slash && isInRanges(token.ranges, symbol) !== token.isNegated
}
