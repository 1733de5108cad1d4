/**
 * A `.holdfastignore` file: one rule a line, as gitignore has them; `#` begins a comment, trailing blanks do not count, `!`
 * takes back, a pattern with a separator speaks of the directory of the file and below. And `CACHEDIR.TAG`
 * (https://bford.info/cachedir/): a directory whose content a program can make again.
 */
import { type ByteString, byteString, isFailure } from '#base'
import type { FilterRule } from './compile-filter.ts'
import { parsePattern } from './pattern.ts'

export const ignoreFileName = '.holdfastignore' as ByteString
export const ignoreFileBytesMax = 64 * 1024
export const cacheTagName = 'CACHEDIR.TAG' as ByteString
const cacheTagSignature = 'Signature: 8a477f597d28d172789f06886806bc55'
export const cacheTagBytes = cacheTagSignature.length

export type IgnoreFile = {
  readonly rules: readonly FilterRule[]
  /** Numbers of lines that are no rule, from 1. */
  readonly badLines: readonly number[]
}

/** @param base the directory that the file stands in */
export function parseIgnoreFile(bytes: Uint8Array, base: ByteString): IgnoreFile {
  const rules: FilterRule[] = []
  const badLines: number[] = []
  for (const [i, line] of byteString(bytes).split('\n').entries()) {
    const text = withoutTrailingBlanks(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (text === '' || text.startsWith('#')) continue
    const isInclude = text.startsWith('!')
    const pattern = (isInclude ? text.slice(1) : text) as ByteString
    try {
      parsePattern(pattern, base)
      rules.push({ action: isInclude ? 'include' : 'exclude', pattern, base })
    } catch (problem) {
      if (!isFailure(problem)) throw problem
      badLines.push(i + 1)
    }
  }
  return { rules, badLines }
}

/** Whether the beginning of a file named CACHEDIR.TAG says what it must. */
export function isCacheTag(head: Uint8Array): boolean {
  return byteString(head.subarray(0, cacheTagBytes)) === cacheTagSignature
}

/** A blank after a backslash counts. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t') && line[end - 2] !== '\\')
    end--
  return line.slice(0, end)
}
