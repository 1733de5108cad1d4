// What an agent does with the receipts of its server (T-4, A01): good ones are kept, and nothing else passes for one.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { sign, verify } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { encodeReceipt, encodeWire, type Receipt, routes } from '#contract'
import { makeReceiptKeys, openPlane, readPlaneSecrets } from './plane.ts'
import { type AgentHooks, beginJob, endJob, openAgent, PlaneWorld } from './world.ts'

type Wire = Record<string, unknown>
const schema = routes.sessions.commit.answer.schema

const read = (wire: Wire): Receipt => schema.parse(wire) as Receipt

/** What a server with this key would have signed. */
function signed(wire: Wire, change: Partial<Receipt>, privateKey: string): Wire {
  const { signature: _, ...facts } = { ...read(wire), ...change }
  const signature = sign(null, encodeReceipt(facts), privateKey).toString('base64')
  return { ...(encodeWire(schema, { ...facts, signature }) as object) }
}

async function withAgent<T>(
  world: PlaneWorld,
  hooks: AgentHooks,
  work: (backUp: () => Promise<unknown>, agent: ReturnType<typeof openAgent>) => Promise<T>,
): Promise<T> {
  await using plane = await openPlane(world.folder)
  await using agent = openAgent(world, () => plane.port, 0, hooks)
  const backUp = async () => {
    const jobId = await beginJob(plane, world)
    try {
      return await agent.backUp(jobId, world.path('source'))
    } finally {
      await endJob(plane, jobId)
    }
  }
  return await work(backUp, agent)
}

function fill(world: PlaneWorld): void {
  mkdirSync(world.path('source'))
  writeFileSync(world.path('source', 'a'), 'some bytes')
}

test('a receipt is kept, and proves with the key of the server which bytes became which point', async () => {
  using world = await PlaneWorld.make()
  fill(world)
  await withAgent(world, {}, async (backUp, agent) => {
    await backUp()
    await backUp()
    const { kept, refused, highest } = await agent.receipts()
    deepEqual(refused, [])
    const [first, second] = kept.map(({ receipt }) => receipt)
    ok(first && second)
    ok(kept.every(({ isChecked }) => isChecked))
    deepEqual(second.previous, first.pointId)
    ok(second.versionId !== first.versionId && second.jobId !== first.jobId)
    equal(highest.get(second.vaultId), second.sequence)
    const { signature, ...facts } = second
    const { publicKey } = readPlaneSecrets(world.folder).receipts
    const holds = (bytes: Uint8Array) =>
      verify(null, bytes, publicKey, Buffer.from(signature, 'base64'))
    ok(holds(encodeReceipt(facts)))
    equal(holds(encodeReceipt({ ...facts, retainUntil: 0 })), false)
    deepEqual(agent.warnings, [])
  })
})

type Lie = readonly [RegExp, NonNullable<AgentHooks['changeReceipt']>]

/** Receipts that are none of the backup that they answer, and what is said of each. */
function liesAbout(world: PlaneWorld, former: Receipt): Readonly<Record<string, Lie>> {
  const { privateKey } = readPlaneSecrets(world.folder).receipts
  const strange = makeReceiptKeys().privateKey
  const other = world.machine(1).instanceId
  return {
    'signed by another key': [/not signed/, (wire) => signed(wire, {}, strange)],
    'not signed': [/not signed/, (wire) => ({ ...wire, signature: '' })],
    'changed after it was signed': [/not signed/, (wire) => ({ ...wire, sequence: 99 })],
    'of another instance': [
      /of the instance i-/,
      (wire) => signed(wire, { instanceId: other }, privateKey),
    ],
    'the one of the backup before': [
      /of the job job-/,
      () => ({ ...(encodeWire(schema, former) as object) }),
    ],
    'the one of the backup before, signed for this job': [
      /another content|is not that of this job/,
      (wire) => signed({ ...wire }, { ...former, jobId: read(wire).jobId }, privateKey),
    ],
    'of another version': [
      /is not that of this job/,
      (wire) => signed(wire, { versionId: former.versionId }, privateKey),
    ],
    'of other content': [
      /another content/,
      (wire) => signed(wire, { draft: '0'.repeat(64) }, privateKey),
    ],
    'of a vault that was set back': [
      /had \d+ already/,
      (wire) => signed(wire, { sequence: former.sequence }, privateKey),
    ],
  }
}

test('A01: a receipt of other hands, another machine, job, version or content is refused and kept as that', async (t) => {
  using world = await PlaneWorld.make()
  fill(world)
  const former = await withAgent(world, {}, async (backUp, agent) => {
    await backUp()
    const { kept } = await agent.receipts()
    ok(kept[0])
    return kept[0].receipt
  })
  const cases = liesAbout(world, former)
  let count = 0
  for (const [name, [says, changeReceipt]] of Object.entries(cases)) {
    await t.test(name, async () => {
      await withAgent(world, { changeReceipt }, async (backUp, agent) => {
        await rejects(backUp(), { code: 'receipt.refused', message: says })
        const { kept, refused, highest } = await agent.receipts()
        deepEqual(
          kept.map(({ receipt }) => receipt.pointId),
          [former.pointId],
        )
        equal(refused.length, ++count)
        match(refused.at(-1)?.problem ?? '', says)
        equal(highest.get(former.vaultId), former.sequence, 'a lie moves no number')
      })
    })
  }
  await t.test('and the next good one is taken', async () => {
    await withAgent(world, {}, async (backUp, agent) => {
      await backUp()
      equal((await agent.receipts()).kept.length, 2)
    })
  })
})

test('a machine that was told no key says so with each backup', async () => {
  using world = await PlaneWorld.make()
  fill(world)
  await withAgent(world, { receiptKey: 'none' }, async (backUp, agent) => {
    await backUp()
    match(agent.warnings.join(), /could not be checked/)
    deepEqual(
      (await agent.receipts()).kept.map(({ isChecked }) => isChecked),
      [false],
    )
  })
})
