import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import { byteString } from '#base'
import { idFromBytes } from '../ids.ts'
import { encodeWire, tryDecodeWire } from '../wire/frozen.ts'
import {
  type AgentMessage,
  type Assignment,
  agentMessage,
  agentMessages,
  assignment,
  enrolment,
  machineFacts,
} from './messages.ts'
import { blockFetch, sessionOpening } from './session.ts'

const bytes = new Uint8Array(16).fill(9)
const jobId = idFromBytes('job', bytes)
const restoreJobId = idFromBytes('restoreJob', bytes)
const vaultId = idFromBytes('vault', bytes)
const sha = 'ab'.repeat(32)
const path = byteString(Uint8Array.of(0x2f, 0xff, 0x61))

const assignments: readonly z.input<typeof assignment>[] = [
  {
    kind: 'backup',
    number: 1,
    jobId,
    attempt: 0,
    vaultId,
    limits: { bytesPerSecondMax: 10e6, coresMax: 1 },
    hooks: { before: 'dump-postgres' },
  },
  {
    kind: 'restore',
    number: 2,
    restoreJobId,
    attempt: 1,
    vaultId,
    pointIds: [sha],
    selection: { kind: 'include', paths: ['etc/hosts', 'hex:ff'] },
    targetPath: '/srv/restored',
    conflict: 'skip',
    limits: {},
  },
  { kind: 'cancel', number: 3, jobId },
  { kind: 'cancel', number: 4, jobId: restoreJobId },
  {
    kind: 'upgrade',
    number: 5,
    version: '0.2.0',
    build: 'linux-arm64',
    sha256: sha,
    signature: 'c2ln',
  },
  { kind: 'uninstall', number: 6 },
  { kind: 'report-facts', number: 7 },
  { kind: 'list-folder', number: 8, path: 'hex:2ff0' },
]

test('every kind of assignment crosses the wire and comes back', () => {
  const kinds = new Set(assignments.map(({ kind }) => kind))
  equal(kinds.size, assignment.options.length)
  for (const wire of assignments) {
    const read: Assignment = assignment.parse(wire)
    deepEqual(encodeWire(assignment, read), wire)
  }
})

test('no assignment carries a command: hooks are names, and nothing else is taken (A21)', () => {
  const [backup] = assignments
  const hostile = [
    { ...backup, hooks: { before: '/bin/sh -c reboot' } },
    { ...backup, hooks: { before: '../evil' } },
    { ...backup, hooks: { before: '-x' } },
    { ...backup, script: 'reboot' },
    { ...backup, limits: { nice: 19, command: 'x' } },
    { ...assignments[1], targetPath: 'relative/path' },
    { ...assignments[4], build: '../../etc/passwd' },
    { kind: 'run', number: 1, command: 'reboot' },
  ]
  for (const wire of hostile) equal(assignment.safeParse(wire).success, false, JSON.stringify(wire))
})

const progress = {
  phase: 'scanning',
  files: { scanned: 5, done: 2, written: 1 },
  bytes: { scanned: 50, done: 20, written: 10 },
  bytesPerSecond: 7,
  currentPath: path,
  fraction: 0.25,
  number: 3,
} as const
const at = 1_790_000_000_000
const facts = {
  machine: sha,
  hostName: 'my_host',
  addresses: ['10.0.0.7', 'fe80::1'],
  system: 'linux',
  systemName: 'Debian GNU/Linux 13',
  architecture: 'arm64',
  clientVersion: '0.1.0',
  volumes: [{ path, fileSystem: 'ext4', totalBytes: 10, usedBytes: 5, local: true }],
  databases: [{ kind: 'postgresql', path, running: true }],
} as const
const result = {
  kind: 'result',
  number: 7,
  at,
  jobId,
  state: 'PARTIAL_COMPLETE',
  counts: { failed: 1, skipped: 0, inconsistent: 0 },
  totals: { files: 5, sourceBytes: 50, newBytes: 10, storedBytes: 6 },
} as const
const messages: readonly AgentMessage[] = [
  {
    kind: 'heartbeat',
    number: 0,
    at,
    machine: sha,
    clientVersion: '0.1.0',
    status: 'ACTIVATED',
    running: [jobId, restoreJobId],
  },
  {
    kind: 'facts',
    number: 1,
    at,
    facts: facts,
  },
  { kind: 'accepted', number: 2, at, assignment: 1 },
  {
    kind: 'refused',
    number: 3,
    at,
    assignment: 2,
    problem: {
      type: 'urn:holdfast:error:target.refused',
      title: 't',
      status: 400,
      detail: 'd',
      code: 'target.refused',
      advise: 'a',
      context: { path: '/etc' },
    },
  },
  {
    kind: 'folder',
    number: 7,
    at,
    assignment: 8,
    names: [byteString(Uint8Array.of(0x2e, 0xff)), byteString(Uint8Array.of(0x61))],
    isWhole: false,
  },
  { kind: 'progress', number: 4, at, jobId, progress },
  { kind: 'warning', number: 5, at, jobId, text: 'PostgreSQL is at /var/lib/postgresql' },
  {
    kind: 'report',
    number: 6,
    at,
    jobId,
    list: 'failed',
    lines: [{ path, reason: 'denied', detail: 'EACCES' }],
  },
  result,
]

test('every kind of message crosses the wire and comes back, names of any bytes too', () => {
  equal(new Set(messages.map(({ kind }) => kind)).size, agentMessage.options.length)
  const batch = { startId: sha, messages }
  const wire = JSON.parse(JSON.stringify(encodeWire(agentMessages, batch)))
  deepEqual(tryDecodeWire(agentMessages, wire), { value: batch })
})

test('the name of a folder leads down by one step, and nowhere else (A21)', () => {
  const wire = {
    kind: 'folder',
    number: 7,
    at: '2026-09-22T00:00:00Z',
    assignment: 8,
    isWhole: true,
  }
  const takes = (...names: string[]) => agentMessage.safeParse({ ...wire, names }).success
  equal(takes('a', '...', '\n', 'hex:ff'), true)
  for (const name of ['', '.', '..', 'a/b', '/', 'hex:2e2e', 'hex:612f62', 'a\0']) {
    equal(takes(name), false, JSON.stringify(name))
  }
})

test('an agent cannot end a job in a state that is the server’s to give', () => {
  const wire = encodeWire(agentMessage, result)
  for (const state of ['EXPIRED', 'SKIPPED', 'CREATED', 'QUEUED', 'RUNNING']) {
    equal(agentMessage.safeParse({ ...wire, state }).success, false, state)
  }
})

test('a machine of 32 bits is refused by its facts (A8)', () => {
  const wire = encodeWire(machineFacts, facts)
  equal(machineFacts.safeParse(wire).success, true)
  equal(machineFacts.safeParse({ ...wire, architecture: 'x86' }).success, false)
  equal(machineFacts.safeParse({ ...wire, architecture: 'armv7l' }).success, false)
})

test('whatever an agent sends is parsed or refused, never thrown (A24)', () => {
  const samples = fc.constantFrom<object>(...messages, ...assignments, facts)
  const odd = fc
    .tuple(samples, fc.string(), fc.jsonValue())
    .map(([sample, key, value]) => ({ ...sample, [key]: value }))
  fc.assert(
    fc.property(fc.oneof(odd, fc.jsonValue()), (value) => {
      for (const schema of [
        agentMessages,
        agentMessage,
        assignment,
        enrolment,
        blockFetch,
        sessionOpening,
      ]) {
        equal(typeof schema.safeParse(value).success, 'boolean')
      }
    }),
    { numRuns: 300 },
  )
})
