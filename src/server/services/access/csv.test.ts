import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine } from './csv.ts'

test('cells are quoted as RFC 4180 says, and lines end in CR LF', () => {
  assert.equal(
    csvLine(['plain', 'a,b', 'say "so"', 'two\nlines', '', ' blank']),
    'plain,"a,b","say ""so""","two\nlines",," blank"\r\n',
  )
})

test('no cell is run as a formula, however it begins (A18)', () => {
  const attacks = [
    '=cmd|"/c calc"!A1',
    '+1+1',
    '-2+3',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '＝1+1',
    '\u200e=1',
    '\u00a0=1',
    '|calc',
    '%0A=1',
  ]
  for (const attack of attacks) {
    const line = csvLine([attack])
    assert.match(line, /^"?'/, JSON.stringify(attack))
    assert.ok(line.replaceAll('""', '"').includes(attack), 'nothing is lost')
  }
  assert.equal(csvLine(['a=b', '2026-01-01', '__proto__', '<img onerror=x>']).includes("'"), false)
})
