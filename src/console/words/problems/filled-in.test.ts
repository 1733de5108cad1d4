import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { failure, isFailure } from '#base'
import { pathOf, readCall, routes } from '#contract'
import { tellFilledIn } from './filled-in.ts'

/** What the server's own check says of a body. */
function refusalOf(route: Parameters<typeof readCall>[0], body: unknown): unknown {
  try {
    readCall(route, { path: {}, query: '', body })
  } catch (problem) {
    if (isFailure(problem, 'request.invalid')) return problem
    throw problem
  }
  throw new Error(`${pathOf(route)} took it`)
}

const said = (problem: unknown, language: 'en' | 'zh') =>
  tellFilledIn(problem, language)
    ?.says.map(({ text }) => text)
    .join('')

const user = { name: 'Bob', email: 'bob@example.com', role: 'auditor', password: 'x'.repeat(12) }

test('what is wrong in a form is said by its field, in both languages', () => {
  const mail = refusalOf(routes.users.create, { ...user, email: 'bob@x' })
  equal(said(mail, 'en'), 'Check the e-mail address: this is no e-mail address.')
  equal(said(mail, 'zh'), '请检查邮箱：不是有效的邮箱地址。')
  const short = refusalOf(routes.users.create, { ...user, password: 'short' })
  equal(said(short, 'en'), 'Check the password: at least 12 characters.')
  const hidden = refusalOf(routes.users.create, { ...user, name: 'a\u202eb' })
  equal(said(hidden, 'zh'), '请检查名称：包含不可见的字符，或首尾有空格。')
  const channel = (target: object) => refusalOf(routes.channels.create, { name: 'x', target })
  equal(
    said(channel({ kind: 'email', to: [] }), 'en'),
    'Check the e-mail addresses: there must be one at least.',
  )
  equal(
    said(channel({ kind: 'webhook', address: 'https://10.0.0.1/x', form: 'json' }), 'en'),
    'Check the address: an address begins with https:// and a host name, not a number.',
  )
})

test('what is no field of a form is left to the server to say', () => {
  const elsewhere = failure('request.invalid', { where: 'query.cursor', problem: 'Invalid input' })
  deepEqual(
    [elsewhere, failure('vault.not-found', { vault: 'x' }), new Error('x')].map((one) =>
      tellFilledIn(one, 'en'),
    ),
    [undefined, undefined, undefined],
  )
})
