import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { openLog } from './log.ts'

test('a log line is JSON, has causes, and no secrets wherever they hide', () => {
  const lines: string[] = []
  const log = openLog('info', { write: (line) => void lines.push(line) })
  log.debug({}, 'not at this level')
  log.info({ password: 'p-1', headers: { cookie: 'p-2', a: { authorization: 'p-3' } } }, 'hello')
  const cause = new Error('the disk is gone')
  log.error({ problem: failure('storage.unavailable', { problem: 'x', object: 'y' }, cause) }, 'no')
  equal(lines.length, 2)
  ok(!/p-\d/.test(lines.join('')), lines.join(''))
  const [hello, no] = lines.map((line) => JSON.parse(line))
  deepEqual([hello.level, hello.message, hello.password], ['info', 'hello', '[cut]'])
  match(hello.time, /^\d{4}-\d\d-\d\dT/)
  equal(no.problem.code, 'storage.unavailable')
  equal(no.problem.stack, undefined, 'a failure of the catalogue says all there is to say')
  equal(no.problem.cause.message, 'the disk is gone')
  match(no.problem.cause.stack, /log\.test\.ts/)
})
