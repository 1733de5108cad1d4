// A21: the agent believes a policy that only root can have written, and refuses what it does not allow.
import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { isFailure } from '#base'
import { findHook } from './find-hook.ts'
import { defaultPolicy, loadPolicy, parsePolicy } from './local-policy.ts'

const owner = process.getuid?.() ?? 0
const somebody = 12_345

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-policy-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('A21: without a policy the defaults hold', async () => {
  await inFolder(async (folder) => {
    deepEqual(await loadPolicy(join(folder, 'agent.json'), owner), defaultPolicy)
  })
})

test('A21: a policy that is taken away while it is read allows nothing this time, and ends no agent', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'agent.json')
    const seen = new Set<string>()
    for (let round = 0; round < 400; round++) {
      writeFileSync(path, '{ "allow": { "restores": false } }', { mode: 0o600 })
      const reading = loadPolicy(path, owner).then(
        ({ allow }) => (allow.restores ? 'default' : 'written'),
        (problem) => (isFailure(problem, 'agent.policy-unusable') ? 'refused' : String(problem)),
      )
      for (let turn = 0; turn < round % 12; turn++) await setImmediate()
      rmSync(path)
      seen.add(await reading)
    }
    for (const outcome of seen) ok(['default', 'refused', 'written'].includes(outcome), outcome)
  })
})

test('A21: a policy that others may write, or that is a link, is refused, and so is one in such a folder', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'agent.json')
    const refused = { code: 'agent.policy-unusable' }
    writeFileSync(path, '{"nice": 5}', { mode: 0o600 })
    equal((await loadPolicy(path, owner)).nice, 5)
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(path, mode)
      await rejects(loadPolicy(path, owner), refused)
    }
    chmodSync(path, 0o644)
    symlinkSync(path, join(folder, 'link.json'))
    await rejects(loadPolicy(join(folder, 'link.json'), owner), refused)
    chmodSync(folder, 0o777)
    await rejects(loadPolicy(path, owner), refused)
  })
})

test('A21: a policy of another user is refused', { skip: owner !== 0 }, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'agent.json')
    writeFileSync(path, '{}', { mode: 0o600 })
    chownSync(path, somebody, 0)
    await rejects(loadPolicy(path), {
      code: 'agent.policy-unusable',
      message: /not belong to root/,
    })
    chownSync(path, 0, 0)
    chownSync(folder, somebody, 0)
    await rejects(loadPolicy(path), { code: 'agent.policy-unusable' })
  })
})

test('A21: a policy that is only half understood allows nothing', () => {
  for (const text of [
    '',
    '[]',
    'null',
    '{"backupRoot": ["/"]}',
    '{"backupRoots": "/"}',
    '{"backupRoots": ["home"]}',
    '{"backupRoots": ["/home/../etc"]}',
    '{"hooks": {"a": "../x"}}',
    '{"hooks": {"a": "/bin/sh"}}',
    '{"hooks": {"A b": "x"}}',
    '{"allow": {"everything": true}}',
    '{"allow": {"restores": 1}}',
    '{"nice": -5}',
    '{"nice": 1.5}',
    '{"io": "fast"}',
    '{"limits": {"bytesPerSecondMax": 0}}',
  ]) {
    throws(() => parsePolicy(text), Error, text)
  }
  const policy = parsePolicy(
    '{"backupRoots":["/home/"],"allow":{"restores":false},"hooks":{"a":"a.sh"}}',
  )
  deepEqual(policy.backupRoots, ['/home'])
  deepEqual(policy.allow, { ...defaultPolicy.allow, restores: false })
  equal(policy.hooks.get('a'), 'a.sh')
})

test('A21: hooks are names of root’s own files in the hooks directory', async () => {
  await inFolder(async (folder) => {
    const directory = join(folder, 'hooks')
    mkdirSync(directory)
    writeFileSync(join(directory, 'good'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(directory, 'open'), '#!/bin/sh\n', { mode: 0o755 })
    chmodSync(join(directory, 'open'), 0o777)
    symlinkSync('/bin/sh', join(directory, 'link'))
    const hooks = new Map([
      ...'good open link gone'.split(' ').map((name) => [name, name] as const),
    ])
    const policy = { ...defaultPolicy, hooksDirectory: directory, hooks }
    equal(await findHook('good', policy, owner), join(directory, 'good'))
    for (const name of ['open', 'link', 'gone']) {
      await rejects(findHook(name, policy, owner), { code: 'agent.policy-refused' }, name)
    }
    for (const name of ['other', '../hooks/good']) {
      await rejects(findHook(name, policy, owner), { code: 'hook.unknown' }, name)
    }
  })
})

test('docs/local-policy.md has an example that is understood, and names every setting', () => {
  const page = readFileSync(new URL('../../../docs/local-policy.md', import.meta.url), 'utf8')
  const example = /```json\n([^`]+)```/.exec(page)?.[1] ?? ''
  deepEqual(parsePolicy(example).limits, { bytesPerSecondMax: 5_000_000, coresMax: 1 })
  const names = [...Object.keys(defaultPolicy), ...Object.keys(defaultPolicy.allow)]
  for (const name of names) ok(page.includes(`\`${name}\``), name)
})
