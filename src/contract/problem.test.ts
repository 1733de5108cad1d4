import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, type ErrorCode, failure } from '#base'
import { failureOf, originalCodes, problem, problemOf } from './problem.ts'

const codes = Object.keys(catalogue).filter((code): code is ErrorCode => code in catalogue)

test('every error of the catalogue crosses the wire and is the same Failure there', () => {
  for (const code of codes) {
    const thrown = failure(code, { problem: 'x', count: 3 })
    const said = problem.parse(JSON.parse(JSON.stringify(problemOf(thrown, 'req-1'))))
    const caught = failureOf(said)
    deepEqual([caught.code, caught.context, caught.message], [code, thrown.context, thrown.message])
    equal(said.type, `urn:holdfast:error:${code}`)
    equal(said.instance, 'req-1')
    ok(said.status >= 400 && said.status <= 599, code)
    equal(said.advise, thrown.advice)
  }
})

test('names that users of the original know are carried (A2, F3)', () => {
  deepEqual(
    ['instance.not-found', 'instance.not-running', 'agent.unreachable', 'target.not-found'].map(
      (code) => codes.includes(code as ErrorCode) && originalCodes[code as ErrorCode],
    ),
    ['InstanceNotExists', 'InstanceNotRunning', 'AgentChannelUnavailable', 'TARGET_NOT_EXIST'],
  )
  const said = problemOf(failure('instance.not-running', { instance: 'i-1' }))
  equal(said.originalCode, 'InstanceNotRunning')
  ok(said.detail.startsWith('InstanceNotRunning'))
})

test('an error that only a newer server knows keeps its code and its words', () => {
  const said = { ...problemOf(failure('server.busy', { seconds: 3 })), code: 'moon.full' }
  const caught = failureOf(said)
  equal(caught.code, 'server.unknown-error')
  ok(caught.message.includes('moon.full') && caught.message.includes('as much to do'))
  equal(failureOf({ ...said, code: 'toString' }).code, 'server.unknown-error')
})

test('a problem is never too long to be sent', () => {
  const said = problemOf(failure('path.not-found', { path: `${'é'.repeat(65_536)}` }))
  ok(problem.safeParse(said).success)
  ok(said.detail.endsWith('…'))
})
