/** A server that hands out a client over HTTPS, for the tests of installer and push. The client is a script that writes down what it is told. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeServerCertificate, readCertificate } from '#adapters/certificates'
import { sshMachines } from '#adapters/ssh'
import {
  type ClientBuilds,
  distributionHandlers,
  openClientBuilds,
  openInstallationKey,
  type ServerPlace,
} from '#server'
import { packagedText } from '../../bin/packaged.ts'

export const texts = {
  installer: packagedText('packaging/install.sh'),
  agentUnit: packagedText('packaging/holdfast-agent.service'),
}
export const build = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x86-64'
const day = 86_400_000

export type World = AsyncDisposable & {
  readonly folder: string
  readonly place: ServerPlace
  readonly builds: ClientBuilds
  /** Of the build, as it lies in the folder that is served. */
  readonly buildPath: string
  /** What was asked of the server, in order. */
  readonly asked: readonly string[]
  /** From now on it sends these bytes for the build. */
  readonly sendInstead: (bytes: Uint8Array) => void
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-distribution-'))
  const buildsFolder = join(folder, 'builds')
  mkdirSync(buildsFolder)
  const buildPath = writeBuild(buildsFolder, fakeClient)
  const signer = await openInstallationKey(join(folder, 'signing-key.pem'))
  const builds = openClientBuilds({ folder: buildsFolder, signer, version: '0.0.0' })
  const certified = await makeServerCertificate({ hosts: [], addresses: [], now: Date.now() - day })
  const asked: string[] = []
  let instead: Uint8Array | undefined
  const server = createServer({ key: certified.privateKeyPem, cert: certified.certificatePem })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const place = {
    address: `https://127.0.0.1:${port}`,
    certificate: readCertificate(certified.certificatePem),
  }
  answerCalls(server, { place, builds, asked, instead: () => instead })
  return {
    folder,
    place,
    builds,
    buildPath,
    asked,
    sendInstead: (bytes) => {
      instead = bytes
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The manifest as scripts/build-agent.ts writes it, with one build. */
export function writeBuild(folder: string, program: string): string {
  const content = gzipSync(program)
  const sha256 = createHash('sha256').update(content).digest('hex')
  writeFileSync(join(folder, build), content)
  const builds = [{ build, bytes: content.length, sha256 }]
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '1.2.3', builds }))
  return join(folder, build)
}

/** Writes its arguments, and what comes in, beside itself. */
const fakeClient = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
case "$1 \${2:-}" in
  'version ') echo 'holdfast 1.2.3' ;;
  'agent activate') echo "$*" >>"$here/calls"; cat >>"$here/calls"; touch "$here/activated" ;;
  'agent status') test -e "$here/activated" ;;
  *) exit 64 ;;
esac
`

export function readCalls(root: string): string {
  return readFileSync(join(root, 'usr/local/lib/holdfast/calls'), 'utf8')
}

type Serving = {
  readonly place: ServerPlace
  readonly builds: ClientBuilds
  readonly asked: string[]
  readonly instead: () => Uint8Array | undefined
}

/** Only the routes that an installer asks for; the listener itself has its own tests. */
function answerCalls(server: Server, { place, builds, asked, instead }: Serving): void {
  const handlers = distributionHandlers({
    place: () => place,
    texts,
    builds,
    remotes: sshMachines(),
  })
  const context = { signal: new AbortController().signal }
  server.on('request', async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/install.sh') {
      response.end(await handlers.installer({} as never, context as never))
    } else if (request.url === '/api/v1/client/manifest') {
      response.end(JSON.stringify(await handlers.manifest({} as never, context as never)))
    } else if (request.url === `/api/v1/client/${build}`) {
      const changed = instead()
      if (changed !== undefined) return response.end(changed)
      const call = { path: { clientBuild: build } }
      const { content } = await handlers.build(call as never, context as never)
      for await (const bytes of content) response.write(bytes)
      response.end()
    } else {
      response.writeHead(404).end()
    }
    return undefined
  })
}
