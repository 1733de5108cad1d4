import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Call, CallInput } from './call.ts'
import type { InstanceId } from './ids.ts'
import { empty, json, mayCall, page, route, scopeSuffices } from './route.ts'

const readersOnly = {
  callers: ['owner', 'auditor'],
  scope: 'read',
  object: 'instance',
  effect: 'none',
} as const

test('a route without a class, or with half of one, does not compile (decision 7)', () => {
  const spec = {
    method: 'GET',
    path: '/instances/{instanceId}',
    summary: 'x',
    answer: empty,
    repeat: 'safe',
  } as const
  // @ts-expect-error a route has a class
  route(spec)
  // @ts-expect-error a class says its effect on points
  route({ ...spec, class: { callers: ['owner'], scope: 'read', object: 'instance' } })
  // @ts-expect-error a class says who may call
  route({ ...spec, class: { scope: 'read', object: 'instance', effect: 'none' } })
  // @ts-expect-error a class says whose object it touches
  route({ ...spec, class: { callers: ['owner'], scope: 'read', effect: 'none' } })
  // @ts-expect-error nobody invents a role
  route({ ...spec, class: { ...readersOnly, callers: ['support'] } })
  // @ts-expect-error nobody invents an effect
  route({ ...spec, class: { ...readersOnly, effect: 'some' } })
  equal(route({ ...spec, class: readersOnly }).path, spec.path)
})

test('a path with an unknown parameter does not compile', () => {
  const rest = {
    method: 'GET',
    summary: 'x',
    answer: empty,
    repeat: 'safe',
    class: readersOnly,
  } as const
  // @ts-expect-error instanceID is no parameter that we know
  route({ ...rest, path: '/instances/{instanceID}' })
  equal(route({ ...rest, path: '/instances/{instanceId}' }).method, 'GET')
})

test('calls are typed from their route: what must be given, and what comes out', () => {
  const spec = route({
    method: 'POST',
    path: '/instances/{instanceId}',
    summary: 'x',
    query: z.strictObject({ limit: z.int().optional() }),
    body: z.strictObject({ name: z.string() }),
    answer: page(z.object({ name: z.string() })),
    repeat: 'key',
    class: readersOnly,
  })
  const input: CallInput<typeof spec> = { path: { instanceId: 'i-1' }, body: { name: 'a' } }
  // @ts-expect-error the body is missing
  const noBody: CallInput<typeof spec> = { path: { instanceId: 'i-1' } }
  // @ts-expect-error the parameter is missing
  const noPath: CallInput<typeof spec> = { path: {}, body: { name: 'a' } }
  const readId = (call: Call<typeof spec>): InstanceId => call.path.instanceId
  equal([input, noBody, noPath, readId].length, 4)
})

test('public routes are for everybody, others for those named; tokens need the scope (H3)', () => {
  const open = { ...readersOnly, callers: ['public'], scope: undefined } as const
  equal(mayCall(open, 'agent'), true)
  equal(mayCall(open, 'auditor'), true)
  equal(mayCall(readersOnly, 'auditor'), true)
  equal(mayCall(readersOnly, 'administrator'), false)
  equal(mayCall(readersOnly, 'public'), false)
  equal(scopeSuffices(readersOnly, ['backup', 'read']), true)
  equal(scopeSuffices(readersOnly, ['backup']), false)
  equal(scopeSuffices(open, ['read', 'backup', 'restore', 'administer']), false)
  equal(json(z.string()).status, 200)
})
