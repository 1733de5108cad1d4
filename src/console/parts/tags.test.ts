import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { areSameTags, parseTags, tagTexts } from './tags.ts'

test('tags are typed as name=value or as a name, and come back as they were', () => {
  const tags = { team: 'web', empty: '', odd: 'a=b' }
  deepEqual(tagTexts(tags), ['team=web', 'empty', 'odd=a=b'])
  deepEqual(parseTags(tagTexts(tags)), tags)
  deepEqual(parseTags([' team = web ']), { team: 'web' })
})

test('what is no tag is told, and nothing is made of it', () => {
  equal(parseTags(['=value']), undefined)
  equal(parseTags(['x'.repeat(129)]), undefined)
  equal(parseTags(['a', `b=${'x'.repeat(129)}`]), undefined)
})

test('a tag that was added, removed or moved is a change', () => {
  equal(areSameTags(['a', 'b'], ['a', 'b']), true)
  for (const other of [['a'], ['b', 'a'], ['a', 'b', 'c']])
    equal(areSameTags(['a', 'b'], other), false)
})
