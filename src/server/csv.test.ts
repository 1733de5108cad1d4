import { equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine } from './csv.ts'

test('cells are quoted as RFC 4180 says, and lines end in CR LF', () => {
  equal(
    csvLine(['plain', 'a,b', 'say "so"', 'two\nlines', '', ' blank']),
    'plain,"a,b","say ""so""",two\\x0alines,," blank"\r\n',
  )
})

test('A18 no cell is a formula, however it begins', () => {
  for (const hostile of [
    '=cmd|"/c calc"!A1',
    '+1+1',
    '-2+3',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '＝1+1',
    '\u200b=1',
    '\u200e=1',
    '\u00a0=1',
    '|calc',
    '%0A=1',
  ]) {
    const [cell] = parseCsv(csvLine([hostile]))
    match(cell ?? '', /^'/, JSON.stringify(hostile))
    ok(cell?.endsWith(hostile.trimStart().replace(/^\p{Cf}/u, '')), 'what shows is there as it was')
  }
  equal(csvLine(['a=b', '2026-01-01', '__proto__', '<img onerror=x>']).includes("'"), false)
})

test('A18 nor is a part of a cell one, where a semicolon separates cells', () => {
  const hostile = ['/srv/x;=cmd|calc', 'a; +1', 'a;"=1+1"', "a;''@SUM(1)", 'a;;-2', 'a;\t\u200b＝1']
  for (const name of hostile) {
    const line = csvLine(['first', name, 'last']).trimEnd()
    for (const cell of line.split(';').slice(1)) {
      ok(!/^[\s"']*[=+\-@＝|%]/.test(cell) || /^'/.test(cell), JSON.stringify(line))
    }
  }
  equal(csvLine(['a;b', 'a; b=c', 'width: 1px; height: 2px']).includes("'"), false)
})

test('A18 every line is read back as it was meant (RFC 4180), and nothing in it is unseen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
      (cells) => {
        const read = parseCsv(csvLine(cells))
        equal(read.length, cells.length)
        equal(/[\p{Cc}\p{Cf}]/u.test(read.join('')), false)
      },
    ),
  )
})

/** One line of RFC 4180. */
function parseCsv(line: string): readonly string[] {
  const cells: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let found = cell.exec(line); found !== null; found = cell.exec(line)) {
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] !== ',') break
  }
  return cells
}
