// The tidy rules: sizes, names, and who may look at the world outside. Every complaint is a sentence.

import { isTest, roomOf } from './layers.ts'
import type { SourceFile } from './source-files.ts'

const fileLinesMax = 400
const functionLinesMax = 60
/** A component is mostly markup, an attribute a line. */
const componentLinesMax = 100

/** Sizes of known exceptions; see exceptions.ts. */
export type Exceptions = Readonly<Record<string, number>>

type Named = { readonly name: string; readonly lines: number }

export function findLongFiles(
  files: readonly SourceFile[],
  exceptions: Exceptions,
): readonly string[] {
  const sizes = files.map(({ path, text }) => ({ name: path, lines: countLines(text) }))
  return compareWithLimit(sizes, fileLinesMax, exceptions)
}

export function findLongFunctions(
  files: readonly SourceFile[],
  exceptions: Exceptions,
): readonly string[] {
  const sizesOf = (some: readonly SourceFile[]) =>
    some.flatMap((file) =>
      listFunctions(file)
        // A list of tests, each measured by itself.
        .filter(({ name }) => name !== 'describe')
        .map(({ name, lines }) => ({ name: `${file.path} ${name}`, lines })),
    )
  const isMarkup = ({ path }: SourceFile) => path.endsWith('.tsx')
  const [markup, code] = [files.filter(isMarkup), files.filter((file) => !isMarkup(file))]
  return [
    ...compareWithLimit(sizesOf(markup), componentLinesMax, {}),
    ...compareWithLimit(sizesOf(code), functionLinesMax, exceptions),
  ]
}

function compareWithLimit(
  sizes: readonly Named[],
  limit: number,
  exceptions: Exceptions,
): readonly string[] {
  const tooLong = sizes
    .filter(({ name, lines }) => lines > Math.max(limit, exceptions[name] ?? 0))
    .map(({ name, lines }) => `${name} has ${lines} lines, more than ${exceptions[name] ?? limit}`)
  const needed = new Set(sizes.filter(({ lines }) => lines > limit).map(({ name }) => name))
  const outdated = Object.keys(exceptions)
    .filter((name) => !needed.has(name))
    .map((name) => `${name} is no longer an exception: remove it from exceptions.ts`)
  return [...tooLong, ...outdated]
}

const functionStarts = [
  /^(?<indent> *)(?:export )?(?:async )?function\*? ?(?<name>[\w$]+)/,
  /^(?<indent> *)(?:export )?(?:const|let) (?<name>[\w$]+).*(?:=>|\)) \{$/,
  /^(?<indent> *)(?:(?:static|override|async|get|set) )*\*?(?<name>#?[\w$[\].]+)\(.*\{$/,
  /^(?<indent> *)(?<name>[\w$.]+)\(.*=> \{$/,
]
const notNames = ['if', 'for', 'while', 'switch', 'catch', 'with', 'return']

/** Relies on the formatter: a body ends at the first `}` that stands as far left as its start. */
export function listFunctions(file: SourceFile): readonly Named[] {
  const lines = file.code.split('\n')
  return lines.flatMap((line, at) => {
    const start = functionStarts
      .map((pattern) => pattern.exec(line)?.groups)
      .find((groups) => groups !== undefined && !notNames.includes(groups['name'] ?? ''))
    if (start === undefined) return []
    const end = lines.findIndex((other, i) => i > at && other.startsWith(`${start['indent']}}`))
    return end < 0 ? [] : [{ name: start['name'] ?? '', lines: end - at + 1 }]
  })
}

// Words of other products, and words that name nothing (shared words are in docs/glossary.md).
const bannedWords =
  'repository repositories snapshot snapshots prune blob blobs helper helpers util utils manager misc'.split(
    ' ',
  )
const bannedNames = [...bannedWords, 'common']

export function findBannedNames(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [
    ...file.path
      .split('/')
      .map((part) => part.replace(/\.\w+$/, ''))
      .filter((part) => isBanned(part))
      .map((part) => `${file.path} is named "${part}", which is a banned word`),
    ...listDeclaredNames(file)
      .filter(isBanned)
      .map((name) => `${file.path} declares "${name}", which holds a banned word`),
  ])
}

function isBanned(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase()
  return bannedNames.includes(words) || words.split(/[-_.]/).some((w) => bannedWords.includes(w))
}

function listDeclaredNames(file: SourceFile): readonly string[] {
  const declarations = /\b(?:const|let|function\*?|class|type|interface)\s+(?<name>[\w$]+)/g
  const members = /^ +(?:(?:readonly|static|async|get|set) )*#?(?<name>[\w$]+)\??[(:]/gm
  const parameters = /[(,] ?(?<name>[\w$]+)\??: /g
  const names = [declarations, members, parameters].flatMap((pattern) =>
    [...file.code.matchAll(pattern)].map((match) => match.groups?.['name'] ?? ''),
  )
  return [...new Set(names)]
}

const world: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bDate\.now\b/, 'Date.now (ask the Clock port)'],
  [/\bnew Date\(\s*\)|(?<!new )\bDate\(\)/, 'the current date (ask the Clock port)'],
  [/\bTemporal\.Now\b/, 'Temporal.Now (ask the Clock port)'],
  [/\bperformance\.(?:now|timeOrigin)\b/, 'performance (ask the Clock port)'],
  [/\bMath\.random\b/, 'Math.random (ask the Random port)'],
  [/\bcrypto\.(?:randomUUID|getRandomValues)\b/, 'chance (ask the Random port)'],
  [/\b(?:set|clear)(?:Timeout|Interval|Immediate)\b/, 'a timer (ask the Clock port)'],
  [/(?<![\w.])process\.\w/, 'process (pass the value as an argument)'],
  [/\bglobalThis\b/, 'globalThis'],
]
const shell = ['adapters', 'agent', 'cli', 'console', 'server', 'bin', 'scripts', 'bench', 'test']

export function findOutsideWorld(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => !shell.includes(roomOf(file.path)) && !isTest(file.path))
    .flatMap((file) =>
      world
        .filter(([pattern]) => pattern.test(file.code))
        .map(([, what]) => `${file.path} uses ${what}; only the shell may`),
    )
}

export function findLooseEnds(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.comments
      .split('\n')
      .flatMap((line, at) =>
        /\b(?:TODO|FIXME|HACK)\b(?! ?\(?#\d)/.test(line)
          ? [`${file.path}:${at + 1} holds a TODO without the number of an issue`]
          : [],
      ),
  )
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
