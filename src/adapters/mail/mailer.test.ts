import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { makeServerCertificate } from '../certificates/issue.ts'
import { type MailConfig, type MailMessage, openMailer } from './mailer.ts'

const signal = new AbortController().signal
const message: MailMessage = {
  to: ['ops@example.org'],
  subject: '备份失败：数据库服务器 “db-1”',
  text: '实例 db-1 的备份失败。\n.\n最后一行',
  html: '<p>实例 &lt;db-1&gt; 的备份失败。</p>',
  id: 'al-1.1.ch-1',
  thread: 'al-1',
}

test('mail in UTF-8 arrives whole over STARTTLS, with user and password (H4)', async () => {
  await using server = await startServer()
  await using mailer = open(server)
  deepEqual(await mailer.send(message, signal), { refused: [] })
  const [mail] = server.mails
  deepEqual(mail?.secure, true)
  deepEqual(mail?.user, 'backup')
  deepEqual(mail?.to, ['ops@example.org'])
  const { headers, bodies } = parse(mail?.source ?? '')
  equal(headers.get('subject'), message.subject)
  equal(headers.get('from'), 'Holdfast <backup@example.org>')
  equal(headers.get('message-id'), '<al-1.1.ch-1@example.org>')
  equal(headers.get('references'), '<al-1@example.org>')
  equal(headers.get('auto-submitted'), 'auto-generated')
  deepEqual(bodies, [message.text, message.html])
})

test('two messages use one connection, and a message has the same id in every try', async () => {
  await using server = await startServer()
  await using mailer = open(server)
  await mailer.send(message, signal)
  await mailer.send(message, signal)
  equal(new Set(server.mails.map(({ session }) => session)).size, 1)
  equal(new Set(server.mails.map(({ source }) => /^Message-ID: .*$/im.exec(source)?.[0])).size, 1)
})

test('a wrong password is refused with what the server said, and no mail is sent (H4)', async () => {
  await using server = await startServer()
  await using mailer = open(server, { password: 'wrong' })
  await rejects(mailer.send(message, signal), {
    code: 'mail.refused',
    message: /refused: Invalid login: 535/,
  })
  equal(server.mails.length, 0)
})

test('without STARTTLS nothing is sent, and no password, unless the configuration allows it', async () => {
  await using server = await startServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] })
  await using strict = open(server)
  await rejects(strict.send(message, signal), { message: /STARTTLS/ })
  deepEqual([server.mails.length, server.logins], [0, 0])
  throws(() => openMailer({ ...configOf(server), security: 'opportunistic' }), {
    code: 'mail.insecure',
  })
  await using open2 = open(server, { security: 'opportunistic', user: undefined })
  await open2.send(message, signal)
  deepEqual(
    server.mails.map(({ secure }) => secure),
    [false],
  )
})

test('opportunistic means encrypted where the server offers it', async () => {
  await using server = await startServer()
  await using mailer = open(server, {
    security: 'opportunistic',
    user: undefined,
    authorities: undefined,
  })
  await mailer.send(message, signal)
  deepEqual(
    server.mails.map(({ secure }) => secure),
    [true],
  )
})

test('TLS from the first byte, and a certificate that nobody vouches for is not taken', async () => {
  await using server = await startServer({ secure: true })
  await using mailer = open(server, { security: 'tls' })
  await mailer.send(message, signal)
  await using stranger = open(server, { security: 'tls', authorities: undefined })
  await rejects(stranger.send(message, signal), {
    code: 'mail.unavailable',
    message: /self-signed/,
  })
  equal(server.mails.length, 1)
})

test('one refused recipient does not keep the mail from the others; all refused is a refusal', async () => {
  await using server = await startServer({
    onRcptTo: ({ address }, _, done) =>
      done(address.startsWith('gone') ? answer(550, 'no such user') : null),
  })
  await using mailer = open(server)
  const to = ['gone@example.org', 'ops@example.org']
  deepEqual(await mailer.send({ ...message, to }, signal), { refused: ['gone@example.org'] })
  deepEqual(
    server.mails.map((mail) => mail.to),
    [['ops@example.org']],
  )
  await rejects(mailer.send({ ...message, to: ['gone@example.org'] }, signal), {
    code: 'mail.refused',
  })
})

test('a server that asks to come again later is unavailable, and the next try arrives', async () => {
  let isBusy = true
  await using server = await startServer({
    onMailFrom: (_, __, done) => done(isBusy ? answer(451, 'greylisted') : null),
  })
  await using mailer = open(server)
  await rejects(mailer.send(message, signal), { code: 'mail.unavailable', message: /greylisted/ })
  isBusy = false
  await mailer.send(message, signal)
  equal(server.mails.length, 1)
})

test('A18: line ends in a subject make no header, and no recipient', async () => {
  await using server = await startServer()
  await using mailer = open(server)
  await mailer.send(
    { ...message, subject: 'a\r\nBcc: eve@example.org\r\n\r\n<b>', id: 'x>\r\nBcc: e@e.example' },
    signal,
  )
  const [mail] = server.mails
  deepEqual(mail?.to, ['ops@example.org'])
  const { headers } = parse(mail?.source ?? '')
  equal(headers.get('bcc'), undefined)
  equal(headers.get('subject'), 'a Bcc: eve@example.org <b>')
})

test('a server that is down or silent is unavailable, and who ends the wait is let go', async () => {
  await using server = await startServer()
  const config = configOf(server)
  await server[Symbol.asyncDispose]()
  const down = openMailer(config)
  await rejects(down.send(message, signal), { code: 'mail.unavailable', message: /ECONNREFUSED/ })
  down.close()
  await using slow = await startServer({ onMailFrom: () => {} })
  await using mailer = open(slow, { timeoutMs: 300 })
  await rejects(mailer.send(message, signal), { code: 'mail.unavailable' })
  await using patient = open(slow)
  await rejects(patient.send(message, AbortSignal.timeout(100)), { code: 'job.aborted' })
})

type Mail = {
  readonly source: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: unknown
  readonly session: string
}
type TestServer = AsyncDisposable & {
  readonly port: number
  readonly certificate: string
  readonly mails: Mail[]
  logins: number
}

async function startServer(options: SMTPServerOptions = {}): Promise<TestServer> {
  const pair = await makeServerCertificate({ hosts: [], addresses: [], now: Date.now() })
  const server = new SMTPServer({
    key: pair.privateKeyPem,
    cert: pair.certificatePem,
    authOptional: true,
    onAuth({ username, password }, _, done) {
      found.logins++
      if (username === 'backup' && password === 'correct horse') done(null, { user: username })
      else done(answer(535, 'Authentication credentials invalid'))
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        found.mails.push({
          source: Buffer.concat(parts).toString('utf8'),
          to: session.envelope.rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          session: session.id,
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const found: TestServer = {
    port,
    certificate: pair.certificatePem,
    mails: [],
    logins: 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return found
}

function configOf(server: TestServer): MailConfig {
  return {
    host: 'localhost',
    port: server.port,
    security: 'starttls',
    user: 'backup',
    password: 'correct horse',
    from: 'backup@example.org',
    authorities: [server.certificate],
    timeoutMs: 5_000,
  }
}

function open(server: TestServer, change: Partial<MailConfig> = {}) {
  const mailer = openMailer({ ...configOf(server), ...change })
  return { ...mailer, [Symbol.asyncDispose]: async () => mailer.close() }
}

function answer(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode })
}

/** Headers, decoded, and the parts of an alternative. */
function parse(source: string) {
  const [head = ''] = source.split('\r\n\r\n', 1)
  const headers = new Map<string, string>()
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const at = line.indexOf(':')
    headers.set(line.slice(0, at).toLowerCase(), decodeWords(line.slice(at + 1).trim()))
  }
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1]
  ok(boundary !== undefined)
  const parts = source.split(`--${boundary}`).slice(1, -1)
  const bodies = parts.map((part) => {
    const at = part.indexOf('\r\n\r\n')
    const encoding = /content-transfer-encoding: (\S+)/i.exec(part.slice(0, at))?.[1]
    const body = part.slice(at + 4).trimEnd()
    match(part.slice(0, at), /charset=utf-8/i)
    return decodeBody(body, encoding).replaceAll('\r\n', '\n')
  })
  return { headers, bodies }
}

function decodeBody(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding === 'quoted-printable') return decodeQuoted(body.replace(/=\r\n/g, ''))
  return body
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
