import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { standings } from '#ports'
import { conflictRules, decide } from './conflict.ts'

/** Rules down, standings across, as `standings` has them; files, then other kinds. */
const table = {
  skip: 'make done keep keep keep keep keep · make done keep keep keep keep keep',
  overwrite:
    'make refresh compare compare compare blocked replace · make refresh replace replace replace blocked replace',
  newer:
    'make refresh compare keep keep blocked keep · make refresh replace keep keep blocked keep',
  rename: 'make done keep keep keep blocked keep · make done keep keep keep blocked keep',
} as const

test('F4: every rule decides every standing', () => {
  for (const rule of conflictRules) {
    const [files = '', others = ''] = table[rule].split(' · ')
    const policy = { rule, verifyExisting: false }
    equal(standings.map((standing) => decide(standing, true, policy)).join(' '), files, rule)
    equal(standings.map((standing) => decide(standing, false, policy)).join(' '), others, rule)
  }
})

test('F4: verifying reads what looks the same, if it has content', () => {
  for (const rule of conflictRules) {
    equal(decide('same', true, { rule, verifyExisting: true }), 'compare')
    equal(decide('same', false, { rule, verifyExisting: true }) === 'compare', false)
  }
})
