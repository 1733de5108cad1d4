// The server's half of the data plane in a folder: a real catalog, real vaults, the real gateway behind a real listener.
import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scheduler } from 'node:timers/promises'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { openPool } from '#adapters/pool'
import { masterKeyOf } from '#adapters/server-keys'
import { pooledBlockExchange, pooledBlockOpener, pooledBlockRecoder } from '#adapters/source'
import { folderStorage } from '#adapters/vault-storage'
import { chunkerParams, deriveVaultKeys } from '#engine'
import {
  createEventBus,
  Doorbell,
  Gateway,
  type GatewayPorts,
  LiveSessions,
  openCatalog,
  openListener,
  openMetrics,
  type ServerKernel,
  sessionsHandlers,
} from '#server'
import { makeAuthority, type TestCertificate } from '../../src/server/http/certificates.contract.ts'
import { type Stub, stubHandlers } from '../../src/server/http/listener-world.contract.ts'

export type PlaneSecrets = {
  readonly authority: string
  readonly server: TestCertificate
  /** Of receipts: PEMs. */
  readonly receipts: { readonly privateKey: string; readonly publicKey: string }
}

const secretsFile = 'tls.json'
const cipher = nodeCipher()
const silentLog = { debug() {}, info() {}, warn() {}, error() {} }

/** Makes what the server and its agents know each other by. */
export function makePlaneSecrets(folder: string, agents: number): readonly TestCertificate[] {
  const authority = makeAuthority()
  const server = authority.issue({ name: 'localhost' })
  const secrets = { authority: authority.certificate, server, receipts: makeReceiptKeys() }
  writeFileSync(join(folder, secretsFile), JSON.stringify(secrets))
  return Array.from({ length: agents }, () => authority.issue())
}

export function makeReceiptKeys(): PlaneSecrets['receipts'] {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

export function readPlaneSecrets(folder: string): PlaneSecrets {
  return JSON.parse(readFileSync(join(folder, secretsFile), 'utf8'))
}

export async function openPlane(folder: string, idleMs?: number) {
  const clock = systemClock()
  const wallMs = () => Math.floor(clock.now().wallMs)
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const catalog = await openCatalog(
    { kind: 'sqlite', path: join(folder, 'catalog.db') },
    { wallMs, random, sleep: (ms) => scheduler.wait(ms), report: () => {} },
  )
  const ending = new AbortController()
  const pool = openPool({
    keys: deriveVaultKeys(cipher, random(16), random(32)),
    compressionLevel: 3,
    params: chunkerParams(256 * 1024),
    threads: 1,
  })
  const bare = {
    version: '0.0.0-test',
    catalog,
    clock,
    wallMs,
    random,
    log: silentLog,
    events: createEventBus(),
    doorbell: new Doorbell(),
    ending: ending.signal,
  }
  const gateway = new Gateway(bare, gatewayPorts(folder, pool, clock))
  const kernel: ServerKernel = { ...bare, vaults: gateway }
  const live = new LiveSessions(kernel, idleMs)
  const sessions = sessionsHandlers({ kernel, gateway, live })
  const { authority, server } = readPlaneSecrets(folder)
  const stubs = Object.entries(sessions).map(([name, handler]) => [`sessions.${name}`, handler])
  const listener = await openListener({
    kernel,
    handlers: stubHandlers(Object.fromEntries(stubs) as Record<string, Stub>),
    tls: { certificates: server.certificate, key: server.key },
    address: { host: '127.0.0.1', port: 0 },
    authority,
    sessionOwner: (id) => live.ownerOf(id),
    metrics: openMetrics('0.0.0-test'),
  })
  return {
    kernel,
    gateway,
    live,
    port: listener.address.port,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await listener.close(0)
      await live[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
      await pool.close()
      await catalog.close()
    },
  }
}

export type Plane = Awaited<ReturnType<typeof openPlane>>

function gatewayPorts(
  folder: string,
  pool: ReturnType<typeof openPool>,
  clock: ReturnType<typeof systemClock>,
): GatewayPorts {
  const { privateKey, publicKey } = readPlaneSecrets(folder).receipts
  return {
    storage: folderStorage({ storages: new Map([['default', join(folder, 'vaults')]]) }),
    master: masterKeyOf([new Uint8Array(32).fill(7)]),
    cipher,
    clock,
    exchange: pooledBlockExchange(pool),
    openBlocks: async ({ keys, config }) => {
      const params = chunkerParams(config.chunkAverageBytes)
      const own = openPool({ keys, params, compressionLevel: config.compressionLevel, threads: 1 })
      const [opener, recoder] = [pooledBlockOpener(own), pooledBlockRecoder(own)]
      return { opener, recoder, [Symbol.asyncDispose]: () => own.close() }
    },
    signReceipt: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
    receiptKey: publicKey,
    holder: `a test (${randomUUID()})`,
  }
}
