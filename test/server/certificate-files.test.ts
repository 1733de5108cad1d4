// A certificate that its operator renews is taken by a server that runs; one that does not fit takes the place of nothing.
import { equal, match, ok, rejects } from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { systemClock } from '#adapters/clock'
import { CertificateFiles } from '#adapters/server-keys'
import { readConfiguration, schedulerBell } from '#server'
import { startServer } from '../../bin/server.ts'
import { makeAuthority, type TestCertificate } from '../../src/server/http/certificates.contract.ts'

const authority = makeAuthority()

class Files implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-certificate-'))
  readonly certificateFile = join(this.folder, 'server.crt')
  readonly keyFile = join(this.folder, 'server.key')

  put({ certificate, key }: Pick<TestCertificate, 'certificate' | 'key'>): void {
    writeFileSync(this.certificateFile, certificate)
    writeFileSync(this.keyFile, key, { mode: 0o600 })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The certificate that a client of TLS is shown. */
async function shownAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    rejectUnauthorized: false,
  })
  socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? ''))
  socket.once('error', reject)
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

const printOf = ({ certificate }: TestCertificate) =>
  new X509Certificate(certificate).fingerprint256

async function startIn(files: Files) {
  const file = {
    path: join(files.folder, 'server.json'),
    text: JSON.stringify({ tls: { certificate: files.certificateFile, key: files.keyFile } }),
  }
  const configuration = readConfiguration({
    file,
    environment: {},
    options: { data: join(files.folder, 'data'), listen: '127.0.0.1:0' },
    dataFolder: join(files.folder, 'data'),
  })
  const clock = systemClock()
  let aheadMs = 0
  const ahead = {
    ...clock,
    now: () => ({ ...clock.now(), upMs: clock.now().upMs + aheadMs }),
    sleep: clock.sleep.bind(clock),
  }
  const started = await startServer(configuration, {
    version: '1.0.0',
    environment: {},
    clock: ahead,
  })
  return {
    port: started.server.listener.address.port,
    /** The minute is over. */
    look: async () => {
      await delay(300)
      aheadMs += 61_000
      started.server.kernel.doorbell.ring(schedulerBell)
      await delay(1_200)
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  }
}

test('new connections get a renewed certificate without a restart; a broken or strange pair leaves the old one', async () => {
  using files = new Files()
  const [first, second, third] = ['a', 'b', 'c'].map(() => authority.issue({ name: 'localhost' }))
  ok(first && second && third)
  files.put(first)
  await using server = await startIn(files)
  equal(await shownAt(server.port), printOf(first))

  files.put(second)
  await server.look()
  equal(await shownAt(server.port), printOf(second))

  files.put({ certificate: third.certificate, key: first.key })
  await server.look()
  equal(await shownAt(server.port), printOf(second), 'the key is of another certificate')

  files.put({ certificate: third.certificate.slice(0, 200), key: third.key })
  await server.look()
  equal(await shownAt(server.port), printOf(second), 'half a file')

  rmSync(files.keyFile)
  await server.look()
  equal(await shownAt(server.port), printOf(second), 'no file')

  files.put(third)
  await server.look()
  equal(await shownAt(server.port), printOf(third))
})

test('each content that cannot be used is told once, and a server does not start with it', async () => {
  using files = new Files()
  const [first, second] = [authority.issue(), authority.issue()]
  files.put({ certificate: first.certificate, key: second.key })
  const code = 'server.certificate-unusable'
  await rejects(CertificateFiles.open(files), (problem: Error) => {
    match(problem.message, /not that of the certificate/)
    return 'code' in problem && problem.code === code
  })
  files.put(first)
  const { files: watched, pair } = await CertificateFiles.open(files)
  equal(pair.key, first.key)
  equal(await watched.findChange(), undefined)
  writeFileSync(files.keyFile, second.key)
  await rejects(watched.findChange(), { code })
  equal(await watched.findChange(), undefined, 'told already')
  rmSync(files.keyFile)
  await rejects(watched.findChange(), { code })
  equal(await watched.findChange(), undefined, 'told already')
  files.put(second)
  equal((await watched.findChange())?.key, second.key)
})
