/**
 * Rules to a filter, as gitignore reads them: of all rules that match a path the last one decides; no match takes it. What
 * lies below an excluded directory is left out and no later rule brings it back, since the walk never enters it: to keep
 * one part of `/home/me`, exclude `/home/me/*` and include the part after that. The walk asks from its source downwards,
 * so a rule such as `tmp/` does not speak of a source that was named as `/tmp/work`.
 */
import { type ByteString, byteStringFromText } from '#base'
import { PathAutomaton } from './path-automaton.ts'
import { everything, type PathFilter } from './path-filter.ts'
import { parsePattern } from './pattern.ts'

export type FilterRule = {
  readonly action: 'exclude' | 'include'
  readonly pattern: ByteString
  /** Directory of the ignore file that the rule stands in; undefined for the whole machine. */
  readonly base?: ByteString
}

export type FilterRequest = {
  readonly rules: readonly FilterRule[]
  /** File types: only files that match one of these are taken (`*.pdf`); directories are entered all the same. */
  readonly onlyFiles?: readonly ByteString[]
  /** Files above this size are left out. */
  readonly fileBytesMax?: number
}

/** One line of `--exclude`: `!` in front makes it an include. */
export function parseFilterRule(text: string, base?: ByteString): FilterRule {
  const isInclude = text.startsWith('!')
  const pattern = byteStringFromText(isInclude ? text.slice(1) : text)
  return {
    action: isInclude ? 'include' : 'exclude',
    pattern,
    ...(base === undefined ? {} : { base }),
  }
}

/** @throws usage.invalid, limit.exceeded */
export function compileFilter(request: FilterRequest): PathFilter {
  const { fileBytesMax, onlyFiles = [] } = request
  const rules = request.rules.length === 0 ? undefined : new RuleList(request.rules)
  const types = onlyFiles.length === 0 ? undefined : typeFilter(onlyFiles)
  if (rules === undefined && types === undefined && fileBytesMax === undefined) return everything
  return {
    excludes(path, isDirectory, fileBytes) {
      if (fileBytes !== undefined && fileBytesMax !== undefined && fileBytes > fileBytesMax)
        return true
      if (rules?.judge(path, isDirectory) === 'exclude') return true
      return types !== undefined && !isDirectory && !types.isMatch(path)
    },
  }
}

/** Rules as one machine: what they say of a path, undefined when none speaks of it. */
export class RuleList {
  readonly #automaton: PathAutomaton
  readonly #actions: readonly FilterRule['action'][]

  constructor(rules: readonly FilterRule[]) {
    this.#automaton = new PathAutomaton(
      rules.map(({ pattern, base }) => parsePattern(pattern, base)),
    )
    this.#actions = rules.map(({ action }) => action)
  }

  judge(path: ByteString, isDirectory: boolean): FilterRule['action'] | undefined {
    const automaton = this.#automaton
    const state = automaton.stepText(automaton.start, path)
    return this.#actions[automaton.verdict(state, isDirectory)]
  }
}

function typeFilter(patterns: readonly ByteString[]): { isMatch(path: ByteString): boolean } {
  const automaton = new PathAutomaton(patterns.map((pattern) => parsePattern(pattern)))
  return {
    isMatch: (path) => automaton.verdict(automaton.stepText(automaton.start, path), false) >= 0,
  }
}
