import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byteString, byteStringFromText } from '#base'
import { compileFilter, parseFilterRule } from './compile-filter.ts'
import { isCacheTag, parseIgnoreFile } from './ignore-file.ts'
import { PathAutomaton } from './path-automaton.ts'
import { everything } from './path-filter.ts'
import { parsePattern } from './pattern.ts'
import { referenceMatches } from './reference-match.fixture.ts'

const bytes = byteStringFromText

function excluded(rules: readonly string[], path: string, isDirectory = false): boolean {
  const filter = compileFilter({ rules: rules.map((rule) => parseFilterRule(rule)) })
  return filter.excludes(bytes(path), isDirectory)
}

/** What a walk from `source` takes of these paths (directories end with a slash): it enters no excluded directory. */
function taken(rules: readonly string[], paths: readonly string[], source = ''): string[] {
  return paths.filter((path) => {
    const levels = path.slice(source.length).replace(/\/$/, '').split('/').slice(1)
    return levels.every((_, i) => {
      const isLast = i === levels.length - 1
      const above = `${source}/${levels.slice(0, i + 1).join('/')}`
      return !excluded(rules, above, !isLast || path.endsWith('/'))
    })
  })
}

test('B3 no separator: the star reaches across levels', () => {
  const paths = ['/a.txt', '/d/e/b.txt', '/d/txt', '/d/a.txt.gz']
  deepEqual(taken(['*.txt'], paths), ['/d/txt', '/d/a.txt.gz'])
  deepEqual(taken(['*abc*'], ['/abc/', '/d/eabcd/', '/a/abc', '/a/abc/x', '/ab/c']), ['/ab/c'])
  deepEqual(taken(['cache'], ['/cache', '/x/cache', '/x/cache2', '/cache/y']), ['/x/cache2'])
})

test('B3 with separators: each star is one level', () => {
  const paths = ['/a/b/c/share', '/a/d/share', '/a/b/c/d/share', '/x/a/b/c/share']
  deepEqual(taken(['/a/*/*/share'], paths), ['/a/d/share', '/a/b/c/d/share', '/x/a/b/c/share'])
  deepEqual(taken(['/a/*.log'], ['/a/x.log', '/a/b/x.log']), ['/a/b/x.log'])
  deepEqual(taken(['log/*.gz'], ['/log/a.gz', '/var/log/a.gz', '/var/log/x/a.gz']), [
    '/var/log/x/a.gz',
  ])
})

test('B3 two stars are any number of levels, none as well', () => {
  const paths = ['/a/z', '/a/b/z', '/a/b/c/z', '/az', '/x/a/z']
  deepEqual(taken(['/a/**/z'], paths), ['/az', '/x/a/z'])
  deepEqual(taken(['**/z'], ['/z', '/a/z', '/zz']), ['/zz'])
  deepEqual(taken(['/a/**'], ['/a/', '/a/b', '/a/b/c', '/b']), ['/a/', '/b'])
  deepEqual(taken(['/a**/z'], ['/a/z', '/abc/z', '/a/b/z']), ['/a/b/z'])
})

test('B3 a separator at the end: directories only', () => {
  const paths = ['/a/b/aaatmp/', '/tmp/', '/a/tmp', '/tmp/x']
  deepEqual(taken(['*tmp/'], paths), ['/a/tmp'])
  deepEqual(taken(['/a/tmp/'], ['/a/tmp', '/a/tmp/', '/b/a/tmp/']), ['/a/tmp', '/b/a/tmp/'])
})

test('B3 of all rules that match the last decides, and nothing returns below an excluded directory', () => {
  const rules = ['*.log', '!keep.log', '/x/keep.log']
  deepEqual(taken(rules, ['/a.log', '/keep.log', '/x/keep.log']), ['/keep.log'])
  const deep = ['/home/me', '!/home/me/docs']
  deepEqual(taken(deep, ['/home/me/docs', '/home/me/docs/a', '/home/you']), ['/home/you'])
  const around = ['/home/me/*', '!/home/me/docs']
  deepEqual(taken(around, ['/home/me/', '/home/me/docs/', '/home/me/docs/a', '/home/me/x']), [
    '/home/me/',
    '/home/me/docs/',
    '/home/me/docs/a',
  ])
})

test('B3 a source that was named is taken, whatever the rules say of what is above it', () => {
  const paths = ['/tmp/work/a', '/tmp/work/tmp/', '/tmp/work/tmp/b']
  deepEqual(taken(['tmp/', 'work'], paths, '/tmp/work'), ['/tmp/work/a'])
})

test('B3 file types and size limits leave directories alone', () => {
  const filter = compileFilter({
    rules: [],
    onlyFiles: [bytes('*.pdf'), bytes('*.doc')],
    fileBytesMax: 100,
  })
  equal(filter.excludes(bytes('/a/b'), true), false)
  equal(filter.excludes(bytes('/a/b.pdf'), false, 100), false)
  equal(filter.excludes(bytes('/a/b.pdf'), false, 101), true)
  equal(filter.excludes(bytes('/a/b.txt'), false, 1), true)
})

test('no rule at all is the filter that the walk knows to skip', () => {
  equal(compileFilter({ rules: [] }), everything)
})

test('characters: one of UTF-8 or one bad byte, sets, escapes', () => {
  ok(excluded(['/?'], '/é') && !excluded(['/??'], '/é') && excluded(['/??'], '/éü'))
  const filter = compileFilter({ rules: [{ action: 'exclude', pattern: bytes('/a?b') }] })
  equal(filter.excludes(byteString(Uint8Array.of(47, 97, 0xff, 98)), false), true)
  equal(filter.excludes(byteString(Uint8Array.of(47, 97, 0xff, 0xff, 98)), false), false)
  ok(
    excluded(['/[a-cé]x'], '/bx') && excluded(['/[a-cé]x'], '/éx') && !excluded(['/[a-c]x'], '/dx'),
  )
  ok(excluded(['/[!a]'], '/b') && !excluded(['/[!a]'], '/a') && !excluded(['/x[!a]y'], '/x/y'))
  ok(excluded(['/[]x]'], '/]') && excluded(['/[ab'], '/[ab') && excluded(['\\!a'], '/!a'))
  ok(excluded(['/\\*'], '/*') && !excluded(['/\\*'], '/a'))
  for (const bad of ['', '/', 'a//b', 'a\0b', '[[:digit:]]']) {
    throws(() => excluded([bad], '/a'), { code: 'usage.invalid' }, JSON.stringify(bad))
  }
})

test('an ignore file: comments, blanks, negation, and its own directory', () => {
  const base = bytes('/home/me')
  const text = '# comment\n\n*.o  \n!keep.o\nbuild/\n/top\nsub/x\r\n\\#a\nbad//line\n'
  const { rules, badLines } = parseIgnoreFile(new TextEncoder().encode(text), base)
  deepEqual(badLines, [9])
  const filter = compileFilter({ rules })
  const isOut = (path: string, isDirectory = false) => filter.excludes(bytes(path), isDirectory)
  deepEqual(
    ['a.o', 'd/a.o', 'keep.o', 'build', 'top', 'd/top', 'sub/x', 'd/sub/x', '#a'].filter((path) =>
      isOut(`/home/me/${path}`),
    ),
    ['a.o', 'd/a.o', 'top', 'sub/x', '#a'],
  )
  equal(isOut('/home/me/d/build', true), true)
  equal(isOut('/home/you/a.o'), false)
})

test('CACHEDIR.TAG counts by its signature only', () => {
  const signature = 'Signature: 8a477f597d28d172789f06886806bc55'
  equal(isCacheTag(new TextEncoder().encode(`${signature}\n# made by cargo`)), true)
  equal(isCacheTag(new TextEncoder().encode(signature.slice(0, -1))), false)
})

test('any pattern and path: the machine agrees with a slow reference', () => {
  const level = fc
    .array(fc.constantFrom('a', 'b', 'é', '*', '?', '[ab]', '[!a]'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(''))
  const pattern = fc
    .tuple(
      fc.boolean(),
      fc.array(fc.oneof(level, level, fc.constant('**')), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([isAnchored, levels, isDirectory]) => {
      return `${isAnchored ? '/' : ''}${levels.join('/')}${isDirectory ? '/' : ''}`
    })
  const name = fc
    .array(fc.constantFrom('a', 'b', 'é', 'c'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(''))
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`)
  fc.assert(
    fc.property(pattern, path, fc.boolean(), (text, where, isDirectory) => {
      const automaton = new PathAutomaton([parsePattern(bytes(text))])
      const state = automaton.stepText(automaton.start, bytes(where))
      equal(automaton.verdict(state, isDirectory) === 0, referenceMatches(text, where, isDirectory))
    }),
    { numRuns: 5000 },
  )
})

test('patterns made to hurt cost time in proportion to the path (no ReDoS)', () => {
  const evil = [
    '*a'.repeat(1000),
    `${'/**/a'.repeat(300)}`,
    `*${'?'.repeat(500)}a`,
    '*a?'.repeat(300),
  ]
  const automaton = new PathAutomaton(evil.map((pattern) => parsePattern(bytes(pattern))))
  const path = `/${'a'.repeat(2000)}/${'a/'.repeat(700)}b`
  const startedAt = performance.now()
  for (let i = 0; i < 3; i++) {
    const state = automaton.stepText(automaton.start, path)
    equal(automaton.verdict(state, false), -1)
  }
  ok(performance.now() - startedAt < 4000, 'an exponential matcher would not come back')
})

test('states that do not fit are thrown away and made again', () => {
  // 2^18 sets of places: the table overflows on the way.
  const automaton = new PathAutomaton([parsePattern(bytes(`/*a${'?'.repeat(17)}`))])
  let text = '/'
  let seed = 7
  for (let i = 0; i < 20_000; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    text += (seed >>> 16) & 1 ? 'a' : 'b'
  }
  const state = automaton.stepText(automaton.start, text)
  equal(automaton.verdict(state, false) === 0, text.at(-18) === 'a')
  ok(automaton.generation > 1)
})
