// A server's catalog, a mail server and a receiver of webhooks, all real; the test turns the clock.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scheduler } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { makeServerCertificate } from '#adapters/certificates'
import { openMailer } from '#adapters/mail'
import { masterKeyOf, secretBoxOf } from '#adapters/server-keys'
import { openWebhooks } from '#adapters/webhook'
import type { AccountId, ChannelId, InstanceId, PlanId, VaultId } from '#contract'
import { MemoryClock } from '#ports'
import {
  type CallContext,
  type Catalog,
  createEventBus,
  type NoticeFact,
  type NoticeKernel,
  type NoticePorts,
  openCatalog,
  openNotices,
  putChannel,
  updateAccount,
} from '#server'
import {
  addAccount,
  addInstance,
  addPlan,
  addVault,
} from '../../src/server/catalog/world.contract.ts'

export const dayOne = 1_790_000_000_000
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const signal = new AbortController().signal

export type Mail = { readonly to: readonly string[]; readonly source: string }
export type Post = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type NoticeWorld = Awaited<ReturnType<typeof makeNoticeWorld>>

export async function makeNoticeWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-notices-'))
  const clock = new MemoryClock({ wallMs: dayOne, sleeps: 'wait' })
  const mail = await startMailServer()
  const receiver = await startReceiver()
  const mailer = openMailer({ ...mail.config, password: 'correct horse' })
  const ports: NoticePorts = {
    mailer,
    webhooks: openWebhooks({
      allowed: ['hook.example', 'other.example'],
      resolve: async (host) => [names.get(host) ?? '127.0.0.1'],
      timeoutMs: 3_000,
    }),
    secrets: secretBoxOf(masterKeyOf([new Uint8Array(32).fill(7)])),
    publicAddress: 'https://backup.example.org/',
    language: 'en',
  }
  let catalog = await open(folder, clock)
  const accountId = await addAccount(catalog, 'first')
  await updateAccount(catalog.db, accountId, { contact: 'ops@example.org' })
  const vaultId = await addVault(catalog, accountId, 'main')
  const machine = await addMachine(catalog, { accountId, vaultId, name: 'web-1' })
  const world = {
    folder,
    clock,
    mail,
    receiver,
    ports,
    accountId,
    vaultId,
    ...machine,
    get catalog(): Catalog {
      return catalog
    },
    get db() {
      return catalog.db
    },
    kernel(): NoticeKernel {
      const wallMs = () => clock.now().wallMs
      return { catalog, clock, wallMs, events: createEventBus(), log: silent }
    },
    notices: () => openNotices(world.kernel(), ports),
    /** As a server that ends and one that starts. */
    async restart(): Promise<void> {
      await catalog.close()
      catalog = await open(folder, clock)
    },
    async speak(language: 'en' | 'zh'): Promise<void> {
      await updateAccount(catalog.db, accountId, { language })
    },
    async [Symbol.asyncDispose](): Promise<void> {
      mailer.close()
      await catalog.close()
      await mail.stop()
      await receiver.stop()
      rmSync(folder, { recursive: true })
    },
  }
  return world
}

/** What names stand for in these tests. */
const names = new Map([
  ['inside.example', '10.0.0.1'],
  ['metadata.example', '169.254.169.254'],
])

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function open(folder: string, clock: MemoryClock): Promise<Catalog> {
  return await openCatalog(
    { kind: 'sqlite', path: join(folder, 'catalog.db') },
    {
      wallMs: () => clock.now().wallMs,
      random: (length) => randomBytes(length),
      sleep: (milliseconds) => scheduler.wait(milliseconds),
      report: (problem) => {
        throw problem
      },
    },
  )
}

export type Machine = {
  readonly instanceId: InstanceId
  readonly instanceName: string
  readonly planId: PlanId
}

export async function addMachine(
  catalog: Catalog,
  of: { readonly accountId: AccountId; readonly vaultId: VaultId; readonly name: string },
): Promise<Machine> {
  const { accountId, vaultId, name } = of
  const { id: instanceId } = await addInstance(catalog, accountId, { name })
  const { id: planId } = await addPlan(catalog, { accountId, vaultId, instanceId })
  return { instanceId, instanceName: name, planId }
}

export function failed(world: NoticeWorld, change: Partial<Machine> = {}): NoticeFact {
  return {
    kind: 'BACKUP_FAILED',
    ...runOf(world, change),
    problemCode: 'storage.full',
    problem: 'The storage is full.',
  }
}

export function complete(world: NoticeWorld, change: Partial<Machine> = {}): NoticeFact {
  return { kind: 'backup-complete', ...runOf(world, change) }
}

export function runOf(world: NoticeWorld, change: Partial<Machine> = {}) {
  const { accountId, vaultId, instanceId, instanceName, planId } = world
  return {
    accountId,
    regionId: 'hangzhou',
    at: world.clock.now().wallMs,
    vaultId,
    jobId: world.catalog.newId('job'),
    ...{ instanceId, instanceName, planId },
    ...change,
  }
}

/** A channel that posts to the receiver, made without the API. */
export async function addWebhook(
  world: NoticeWorld,
  facts: { readonly name: string; readonly form?: string; readonly path?: string },
): Promise<ChannelId> {
  const id = world.catalog.newId('channel')
  const address = `${world.receiver.address}${facts.path ?? '/hook'}`
  const secret = new TextEncoder().encode(JSON.stringify({ address, secret: 'a shared secret' }))
  await putChannel(world.db, {
    id,
    accountId: world.accountId,
    kind: 'webhook',
    name: facts.name,
    settings: { form: facts.form ?? 'json', shownAddress: 'http://127.0.0.1/***', signed: true },
    sealedSecret: await world.ports.secrets.seal(secret, `alert-channel:${id}`),
    enabled: true,
    createdAt: dayOne,
    updatedAt: dayOne,
  })
  return id
}

export function contextOf(identity: CallContext['identity']): CallContext {
  return {
    identity,
    signal,
    requestId: 'request-1',
    address: '192.0.2.7',
    host: undefined,
    userAgent: 'test',
    content: undefined,
    sessionCookie: undefined,
    setSessionCookie: () => {},
    note: () => {},
  }
}

export function ownerOf(world: NoticeWorld): CallContext['identity'] {
  return {
    kind: 'user',
    userId: world.catalog.newId('user'),
    accountId: world.accountId,
    role: 'owner',
    name: 'Owner',
    tokenId: world.catalog.newId('token'),
    scopes: undefined,
    isServerAccount: false,
  }
}

async function startMailServer() {
  const pair = await makeServerCertificate({ hosts: [], addresses: [], now: Date.now() })
  const mails: Mail[] = []
  const state = { refusesAuth: false }
  const server = new SMTPServer({
    key: pair.privateKeyPem,
    cert: pair.certificatePem,
    onAuth({ password }, _, done) {
      if (password === 'correct horse' && !state.refusesAuth) done(null, { user: 'backup' })
      else
        done(Object.assign(new Error('Authentication credentials invalid'), { responseCode: 535 }))
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, source: Buffer.concat(parts).toString('utf8') })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    mails,
    state,
    config: {
      host: 'localhost',
      port,
      security: 'starttls' as const,
      user: 'backup',
      from: 'backup@example.org',
      authorities: [pair.certificatePem],
      timeoutMs: 5_000,
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

async function startReceiver() {
  const posts: Post[] = []
  const state = { status: 200, answer: 'ok', tries: 0 }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      state.tries++
      if (state.status === 200) {
        const body = Buffer.concat(parts).toString('utf8')
        posts.push({ path: request.url ?? '', headers: request.headers, body })
      }
      response.writeHead(state.status)
      response.end(state.answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    posts,
    state,
    address: `http://hook.example:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Headers as text, and the parts of the mail, decoded. */
export function readMail({ source }: Mail) {
  const [head = ''] = source.split('\r\n\r\n', 1)
  const header = (name: string): string => {
    const line = new RegExp(`^${name}: (.*)$`, 'im').exec(head.replace(/\r\n[ \t]+/g, ' '))?.[1]
    return decodeWords(line ?? '')
  }
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? ''
  const [text = '', html = ''] = source
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const at = part.indexOf('\r\n\r\n')
      const encoding = /content-transfer-encoding: (\S+)/i.exec(part.slice(0, at))?.[1]
      return decodeBody(part.slice(at + 4), encoding).replaceAll('\r\n', '\n')
    })
  return {
    subject: header('subject'),
    id: header('message-id'),
    references: header('references'),
    text,
    html,
  }
}

function decodeBody(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  return encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=\r\n/g, '')) : body
}

function decodeQuoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, kind, body) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(body, 'base64').toString('utf8')
        : decodeQuoted(body.replaceAll('_', ' ')),
    )
}
