// By what name machines are told to reach the server, as a real server says it to whoever asks for the installer (A2).

import { equal } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeServerCertificate } from '#adapters/certificates'
import { Program } from '../fleet/process.ts'
import { until } from '../fleet/until.ts'
import { freePort } from './ssh-machine.ts'

async function openServer(
  context: TestContext,
  ...options: readonly string[]
): Promise<{ readonly port: number; readonly told: (host: string) => Promise<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-name-'))
  const port = await freePort()
  const words = ['--json', 'server', 'run', '--data', join(folder, 'data'), '--listen', `:${port}`]
  const server = new Program([...words, ...options], { home: folder })
  context.after(async () => {
    await server.end('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  await until('the server starts', () => server.out.includes('"address"') || undefined)
  return { port, told: (host) => addressIn(port, host) }
}

/** In the installer, when it is asked for by this host. */
async function addressIn(port: number, host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const options = { port, path: '/install.sh', headers: { host }, rejectUnauthorized: false }
  request({ host: '127.0.0.1', ...options }, async (answer) => {
    const script = Buffer.concat(await answer.toArray()).toString()
    resolve(/^address='(.*)'$/m.exec(script)?.[1] ?? script)
  })
    .on('error', reject)
    .end()
  return await promise
}

test('without an address the server is called as the asking one calls it, or as its machine', async (context) => {
  const { port, told } = await openServer(context)
  equal(await told('backup.example.com:9443'), 'https://backup.example.com:9443')
  equal(await told('[2001:db8::7]'), 'https://[2001:db8::7]')
  const own = `https://${hostname()}:${port}`
  for (const host of ['localhost:8443', '127.0.0.1:8443', '[::1]:8443', "a'$(reboot)", ''])
    equal(await told(host), own, host)
})

test('whose certificate machines trust is called as nobody but its owner calls it', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-tls-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const [certificate, key, config] = ['cert.pem', 'key.pem', 'server.json'].map((name) =>
    join(folder, name),
  )
  const made = await makeServerCertificate({ hosts: ['a.test'], addresses: [], now: Date.now() })
  writeFileSync(certificate ?? '', made.certificatePem)
  writeFileSync(key ?? '', made.privateKeyPem)
  writeFileSync(config ?? '', JSON.stringify({ tls: { certificate, key } }))
  const { port, told } = await openServer(context, '--config', config ?? '')
  equal(await told('evil.example.com:8443'), `https://${hostname()}:${port}`)
})

test('the address that its owner gave it is the one', async (context) => {
  const address = 'https://vault.example.com:8443'
  const { told } = await openServer(context, '--address', address)
  equal(await told('backup.example.com:9443'), address)
})
