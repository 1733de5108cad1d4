import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, listIdPlaces, listRights, type NamedRoute, routeList } from '#contract'
import {
  type AskChoices,
  isReached,
  type ListenerWorld,
  openWorld,
} from './listener-world.contract.ts'
import { addressOf, type SampleCall, sampleCalls, withId } from './sample-calls.contract.ts'
import type { Tenant } from './tenant.contract.ts'

function as(caller: Caller, { people, agent }: Tenant): AskChoices {
  if (caller === 'public') return {}
  return caller === 'agent' ? { agent } : { cookie: people[caller] }
}

async function call(world: ListenerWorld, named: NamedRoute, sample: SampleCall, who: AskChoices) {
  const { body } = named.route
  const isBinary = body !== undefined && 'media' in body
  return await world.ask(named.route.method, addressOf(named, sample), {
    ...who,
    ...(sample.body !== undefined && { body: sample.body }),
    ...(isBinary && { body: new Uint8Array(4), headers: { 'content-type': body.media } }),
  })
}

test('every route × every caller: what the table allows is reached, all else is 401 or 403 (A22)', async () => {
  await using world = await openWorld()
  for (const row of listRights()) {
    const { ids, people } = world.mine
    // Tokens and passkeys are a user's own.
    const own = row.caller === 'public' || row.caller === 'agent' ? undefined : people[row.caller]
    const [sample] = sampleCalls(row, {
      ...ids,
      ...(own && { token: own.tokenId, passkey: own.passkeyId }),
    })
    const said = await call(
      world,
      row,
      sample ?? { path: {}, query: {}, body: {} },
      as(row.caller, world.mine),
    )
    const what = `${row.caller} calls ${row.name}: ${said.status} ${said.code}`
    // A body that the samples do not know is refused by its schema, which comes after the rights.
    if (row.allowed) ok(isReached(said) || said.code === 'request.invalid', what)
    else if (row.caller === 'public')
      deepEqual([said.status, said.code], [401, 'auth.required'], what)
    else deepEqual([said.status, said.code], [403, 'auth.forbidden'], what)
  }
})

test('every route × every place of an id: those of another account do not exist (A22)', async () => {
  await using world = await openWorld()
  const { mine, other } = world
  let tried = 0
  for (const named of routeList) {
    const places = listIdPlaces(named.route).filter(({ part }) => {
      // The id of a region that is to be made is nobody's yet.
      return named.name !== 'regions.create' || part !== 'body'
    })
    const [caller = 'public'] = named.route.class.callers
    const samples = sampleCalls(named, mine.ids)
    if (named.name === 'sessions.commit') continue
    for (const sample of places.length === 0 ? [] : samples) {
      const said = await call(world, named, sample, as(caller, mine))
      ok(isReached(said), `${named.name} with own ids is reached: ${said.status} ${said.text}`)
    }
    for (const place of places) {
      const hostile = samples
        .map((sample) => withId(sample, place, other.ids, mine.ids))
        .filter((sample) => sample !== undefined)
      const where = `${named.name} ${place.part}.${place.at.join('.')} (${place.kind})`
      ok(hostile.length > 0, `a sample has an id at ${where}`)
      for (const sample of hostile) {
        const said = await call(world, named, sample, as(caller, mine))
        const expected = place.kind === 'session' ? 410 : 404
        deepEqual(
          [said.status, said.code?.endsWith('not-found') ?? false],
          [expected, expected === 404],
          where,
        )
        const madeUp = await call(world, named, inventing(sample, other.ids), as(caller, mine))
        deepEqual(
          [madeUp.status, madeUp.code],
          [said.status, said.code],
          `${where}: as if it did not exist`,
        )
        tried += 1
      }
    }
  }
  ok(tried > 60, `${tried} places were tried`)
})

/** The same call with ids that nobody has. */
function inventing(sample: SampleCall, ids: Tenant['ids']): SampleCall {
  let text = JSON.stringify(sample)
  for (const id of Object.values(ids)) {
    const unknown = id.replace(/[0-9a-z]{8}$/, '00000000')
    text = text.replaceAll(`"${id}"`, `"${unknown}"`)
  }
  return JSON.parse(text)
}

test('an agent sees the jobs of its own instance alone (A02)', async () => {
  await using world = await openWorld()
  const { mine, kernel } = world
  const { addInstance, jobDraft } = await import('../catalog/world.contract.ts')
  const { createRequestedJob } = await import('../catalog/jobs/job-creation.ts')
  const { id: instanceId } = await addInstance(kernel.catalog, mine.accountId, {
    name: 'neighbour',
  })
  const draft = jobDraft({
    catalog: kernel.catalog,
    accountId: mine.accountId,
    vaultId: mine.ids.vault,
    instanceId,
    planId: null,
  } as never)
  await createRequestedJob(kernel.catalog.db, draft)
  const body = { kind: 'backup', jobId: draft.id, attempt: 1, source: '/' }
  const said = await world.ask('POST', '/api/v1/agent/sessions', { agent: mine.agent, body })
  deepEqual([said.status, said.code], [404, 'record.not-found'])
  const owned = await world.ask('GET', `/api/v1/jobs/${draft.id}`, { cookie: mine.people.owner })
  ok(isReached(owned))
})
