import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { assert, failure } from '#base'
import { routeList } from '#contract'
import { makeTestKernel, type TestKernel } from '../kernel.fixture.ts'
import { AuditTrail } from './audit-trail.ts'

function signInRoute() {
  const named = routeList.find(({ name }) => name === 'signIn.begin')
  assert(named !== undefined, 'people sign in')
  return named
}

async function knock(trail: AuditTrail, addresses: Iterable<string>): Promise<void> {
  const named = signInRoute()
  for (const address of addresses) {
    const call = {
      named,
      identity: { kind: 'public' } as const,
      requestId: 'rq-1',
      address,
      url: '/api/v1/sign-in',
      ids: [],
      notes: {},
    }
    await trail.refused(call, failure('auth.refused'), false)
  }
}

async function rowsIn({ catalog }: TestKernel): Promise<number> {
  return (await catalog.db.selectFrom('auditLog').select('id').execute()).length
}

test('who has a network of addresses fills the audit log no faster than who has one (H6)', async () => {
  await using kernel = await makeTestKernel()
  const trail = new AuditTrail(kernel)
  await knock(
    trail,
    Array.from({ length: 200 }, (_, at) => `2001:db8::${at.toString(16)}`),
  )
  equal(await rowsIn(kernel), 60)
  await knock(trail, ['2001:db8:0:1::1', '192.0.2.1'])
  equal(await rowsIn(kernel), 62)
  kernel.clock.advance(60_000)
  await knock(trail, ['2001:db8::1'])
  equal(await rowsIn(kernel), 63)
})

test('who has very many networks does not either: in one minute only so many are recorded (H6)', async () => {
  await using kernel = await makeTestKernel()
  const warned: string[] = []
  const log = { ...kernel.log, warn: (_: object, message: string) => void warned.push(message) }
  const trail = new AuditTrail({ ...kernel, log }, undefined, { addressesMax: 50 })
  const many = Array.from({ length: 500 }, (_, at) => `198.51.${at >> 8}.${at & 255}`)
  await knock(trail, [...many, ...many])
  ok((await rowsIn(kernel)) <= 2 * 50)
  equal(warned.length, 1)
})
