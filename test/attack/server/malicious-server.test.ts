// A21: a server that turned against its agents, speaking to a real one. It refuses what its machine does not allow, survives
// what no server says, and is there for the next honest word.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { idFromBytes } from '#contract'
import { activateAgent, performAgent } from '../../../bin/agent.ts'
import { fingerprintOf, issue, selfSigned } from '../../agent/certificates.ts'
import { until } from './real-agent.ts'

type Reply = (response: ServerResponse) => void
type Message = {
  readonly kind: string
  readonly assignment?: number
  readonly problem?: { code: string }
}

const skip = process.getuid?.() === 0 ? false : 'the local policy must be root’s'
const folder = mkdtempSync(join(tmpdir(), 'holdfast-malicious-'))
const own = selfSigned('holdfast')
const heard: Message[] = []
const ending = new AbortController()
let server: Server
let polls = 0
/** What it says to the next call for assignments; once. */
let next: Reply | undefined
let ended: Promise<unknown> = Promise.resolve()

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await buffer(request)).toString()
  const path = request.url ?? ''
  if (path.includes('/enrol')) {
    const { publicKey } = JSON.parse(body)
    const identity = {
      instanceId: idFromBytes('instance', new Uint8Array(16).fill(1)),
      clientId: idFromBytes('client', new Uint8Array(16).fill(2)),
      certificate: issue(own, publicKey, { name: 'client', use: 'clientAuth' }),
      authority: own.cert,
      expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      heartbeatSeconds: 1,
    }
    return json(response, 201, identity)
  }
  if (path.includes('/messages')) {
    const { messages } = JSON.parse(body)
    heard.push(...messages)
    return json(response, 202, { number: messages.at(-1).number })
  }
  if (path.includes('/assignments')) {
    polls++
    const reply = next
    next = undefined
    if (reply !== undefined) return reply(response)
    await new Promise((resolve) => setTimeout(resolve, 100))
    return json(response, 200, { assignments: [] })
  }
  response.writeHead(500).end()
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

before(async () => {
  const tls = { ...own, ca: own.cert, requestCert: true, rejectUnauthorized: false }
  server = createServer(tls, (request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  if (skip !== false) return
  const policyPath = join(folder, 'agent.json')
  writeFileSync(policyPath, JSON.stringify({ restoreRoots: [folder], backupRoots: [folder] }))
  const place = { stateFolder: join(folder, 'state'), version: '1.0.0', policyPath }
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const words = { address, code: 'ABCDEFGHJKLMNPQRSTUVWXYZ', fingerprint: fingerprintOf(own.cert) }
  await activateAgent(place, words, ending.signal)
  const log = { info: () => {}, warn: () => {} }
  ended = performAgent(place, { leaveOut: [], log }, ending.signal)
  ended.catch(() => {})
})

after(async () => {
  ending.abort()
  await ended.catch(() => {})
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

let number = 0
const vaultId = idFromBytes('vault', new Uint8Array(16).fill(3))
const jobIdOf = (n: number) => idFromBytes('job', new Uint8Array(16).fill(n))
const backup = (more: object) => {
  number++
  return {
    kind: 'backup',
    number,
    jobId: jobIdOf(number),
    attempt: 1,
    vaultId,
    limits: {},
    hooks: {},
    ...more,
  }
}
const restore = (more: object) => ({
  kind: 'restore',
  number: ++number,
  restoreJobId: idFromBytes('restoreJob', new Uint8Array(16).fill(number)),
  attempt: 1,
  vaultId,
  pointIds: ['ab'.repeat(32)],
  selection: { kind: 'all' },
  conflict: 'skip',
  limits: {},
  ...more,
})
const upgrade = (more: object) => ({
  kind: 'upgrade',
  number: ++number,
  version: '9.9.9',
  build: 'linux-x86-64',
  sha256: 'ab'.repeat(32),
  signature: Buffer.alloc(64).toString('base64'),
  ...more,
})

test('what the machine does not allow is refused with its reason, and the agent goes on (A21)', {
  skip,
}, async () => {
  const hostile = {
    'a hook that nobody named': backup({ hooks: { before: 'unknown' } }),
    'everything left out': backup({ sources: { paths: [folder], exclude: ['*'] } }),
    'a source outside of the roots': backup({ sources: { paths: ['/etc'] } }),
    'a source by a way back': backup({ sources: { paths: [`${folder}/../../etc`] } }),
    'programs as the target': restore({ targetPath: '/etc/cron.d' }),
    'programs by a way back': restore({ targetPath: `${folder}/../../etc` }),
    'programs by slashes': restore({ targetPath: '//etc' }),
    'files replaced in place': restore({ conflict: 'overwrite' }),
    'files replaced in place by the root': restore({ conflict: 'keepNewer', targetPath: '///' }),
    'an upgrade that nobody signed': upgrade({}),
    'an older version': upgrade({ version: '0.0.1' }),
    'an uninstallation of what no server installed': { kind: 'uninstall', number: ++number },
  }
  for (const [what, assignment] of Object.entries(hostile)) {
    next = (response) => json(response, 200, { assignments: [assignment] })
    const refused = await until(what, async () =>
      heard.find((said) => said.kind === 'refused' && said.assignment === assignment.number),
    )
    match(refused.problem?.code ?? '', /agent\.|upgrade\.|client\.|hook\.unknown/, what)
  }
  // Judged when it is carried out: the state of the agent lies within its restore roots.
  const intoState = restore({ targetPath: join(folder, 'state') })
  next = (response) => json(response, 200, { assignments: [intoState] })
  const result = await until('the restore into its own state', async () =>
    heard.find(
      (said) => said.kind === 'result' && 'jobId' in said && said.jobId === intoState.restoreJobId,
    ),
  )
  equal(result.problem?.code, 'agent.policy-refused')
  ok(existsSync(join(folder, 'state/identity.json')))
})

test('words that are no assignments end nothing: the agent lives and asks again (A21)', {
  skip,
  timeout: 240_000,
}, async () => {
  const fresh = () => ++number
  const raw =
    (text: string | Uint8Array, headers: Record<string, string> = {}): Reply =>
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers })
      response.end(text)
    }
  const list = (one: object) => raw(JSON.stringify({ assignments: [one] }))
  const replies: Readonly<Record<string, Reply>> = {
    'an inline command': list(backup({ hooks: { before: '/bin/sh -c id' } })),
    'a hook with a path': list(backup({ hooks: { before: '../../bin/sh' } })),
    'a command field': list({ ...backup({}), command: 'id' }),
    'no JSON': raw('<html>'),
    null: raw('null'),
    'a number beyond all numbers': raw('{"assignments":[{"kind":"report-facts","number":1e308}]}'),
    'a prototype': raw('{"__proto__":{"assignments":[]},"constructor":{}}'),
    'a hundred thousand brackets': raw('['.repeat(100_000)),
    'deep assignments': raw(`{"assignments":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    'a million assignments': raw(
      `{"assignments":[${Array(300_000).fill('{"kind":"report-facts","number":1}').join(',')}]}`,
    ),
    'a compressed bomb': raw(gzipSync(Buffer.alloc(64 * 2 ** 20)), { 'content-encoding': 'gzip' }),
    'a stream without end': (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const piece = Buffer.alloc(2 ** 20, 0x20)
      const more = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    },
    'a redirect': (response) => response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end(),
    'half an answer': (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"assignments":')
      setTimeout(() => response.destroy(), 50)
    },
    'a problem that is none': (response) =>
      response.writeHead(500, { 'content-type': 'application/problem+json' }).end('{"code":7}'),
  }
  const rssBefore = process.memoryUsage().rss
  for (const [what, reply] of Object.entries(replies)) {
    const [from, accepted] = [polls, heard.filter(({ kind }) => kind === 'accepted').length]
    let isSaid = false
    next = (response) => {
      isSaid = true
      reply(response)
    }
    await until(what, async () => (isSaid && polls > from + 1 ? true : undefined), 60_000)
    equal(heard.filter(({ kind }) => kind === 'accepted').length, accepted, what)
  }
  ok(process.memoryUsage().rss - rssBefore < 2 ** 30, 'memory is bounded')
  const honest = { kind: 'report-facts', number: fresh() }
  next = list(honest)
  await until(
    'an honest word',
    async () => heard.find((said) => said.kind === 'accepted' && said.assignment === honest.number),
    60_000,
  )
  deepEqual(await Promise.race([ended, Promise.resolve('alive')]), 'alive')
})
