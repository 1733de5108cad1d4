import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { idFromBytes } from '#contract'
import { Outbox } from './outbox.ts'

const jobId = idFromBytes('job', new Uint8Array(16))
const amounts = { scanned: 1, done: 1, written: 1 }
const progress = (number: number) =>
  ({
    kind: 'progress',
    jobId,
    progress: {
      phase: 'scanning',
      files: amounts,
      bytes: amounts,
      bytesPerSecond: 1,
      fraction: 0,
      number,
    },
  }) as const
const beat = (running: (typeof jobId)[] = []) =>
  ({
    kind: 'heartbeat',
    machine: '0'.repeat(64),
    clientVersion: '1',
    status: 'ACTIVATED',
    running,
  }) as const
const open = (broken: string[] = []) =>
  new Outbox({
    startId: 'a'.repeat(64),
    wallMs: () => 1_000,
    onBroken: (kind) => broken.push(kind),
  })
const shown = (outbox: Outbox) =>
  outbox.take()?.messages.map(({ kind, number }) => `${number} ${kind}`)

test('D5: however long the server is away, progress and heartbeats take no more memory', () => {
  const outbox = open()
  outbox.put({ kind: 'accepted', assignment: 1 })
  for (let i = 0; i < 100_000; i++) {
    outbox.put(progress(i))
    outbox.put(beat())
  }
  equal(outbox.size, 3)
  deepEqual(shown(outbox), ['1 accepted', '2 progress', '3 heartbeat'])
  const [, last] = outbox.take()?.messages ?? []
  equal(last?.kind === 'progress' && last.progress.number, 99_999)
})

test('a message keeps its number until it is kept, and later ones wait for it', () => {
  const outbox = open()
  outbox.put(progress(1))
  deepEqual(shown(outbox), ['1 progress'])
  outbox.put(progress(2))
  outbox.put(beat())
  deepEqual(shown(outbox), ['1 progress'], 'the same batch again')
  equal(outbox.acknowledge(0), false)
  equal(outbox.acknowledge(1), true)
  deepEqual(shown(outbox), ['2 progress', '3 heartbeat'])
  equal(outbox.acknowledge(2), true)
  deepEqual(shown(outbox), ['3 heartbeat'])
  equal(outbox.acknowledge(999), true, 'a server that says too much is believed for what was sent')
  equal(outbox.take(), undefined)
})

test('a batch has at most 256 messages and half a megabyte', () => {
  const outbox = open()
  for (let i = 1; i <= 600; i++) outbox.put({ kind: 'accepted', assignment: i })
  equal(outbox.take()?.messages.length, 256)
  outbox.acknowledge(600)
  const path = byteStringFromText(`/${'x'.repeat(4_000)}`)
  const lines = Array.from({ length: 30 }, () => ({ path, reason: 'denied', detail: '' }) as const)
  for (let i = 0; i < 20; i++) outbox.put({ kind: 'report', jobId, list: 'failed', lines })
  for (let all = outbox.take(); all !== undefined; all = outbox.take()) {
    ok(JSON.stringify(all).length < 700_000)
    outbox.acknowledge(all.messages.at(-1)?.number ?? 0)
  }
  equal(outbox.size, 0)
})

test('of a batch that is refused only the message that is refused alone is dropped', async () => {
  const outbox = open()
  const fates: string[] = []
  for (let i = 1; i <= 4; i++) {
    void outbox
      .deliver({ kind: 'accepted', assignment: i })
      .then((fate) => fates.push(`${i} ${fate}`))
  }
  const server = (batch: { readonly kind: string; readonly number: number }[]) =>
    batch.some(({ number }) => number === 3) ? undefined : batch.at(-1)?.number
  let calls = 0
  for (let batch = outbox.take(); batch !== undefined; batch = outbox.take()) {
    calls++
    const kept = server([...batch.messages])
    if (kept === undefined) outbox.refuse()
    else outbox.acknowledge(kept)
  }
  await Promise.resolve()
  deepEqual(fates, ['1 kept', '2 kept', '3 dropped', '4 kept'])
  equal(calls, 5)
})

test('what is no message is dropped and told of, and holds up nothing behind it', async () => {
  const broken: string[] = []
  const outbox = open(broken)
  const fates: string[] = []
  for (const assignment of [1, 2 ** 60, 3])
    void outbox.deliver({ kind: 'accepted', assignment }).then((fate) => fates.push(fate))
  deepEqual(shown(outbox), ['1 accepted', '2 accepted'])
  outbox.acknowledge(2)
  await Promise.resolve()
  deepEqual([fates.toSorted(), broken], [['dropped', 'kept', 'kept'], ['accepted']])
})
