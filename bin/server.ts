// The composition root of the control server: plugs adapters into what src/server asks of its machine.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { openArchive } from '#adapters/archive'
import { identityIssuer, readCertificate } from '#adapters/certificates'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { countBuffersWithHeap } from '#adapters/heap'
import { holdServerData } from '#adapters/leases'
import { returnFreeMemory } from '#adapters/linux'
import { openMailer } from '#adapters/mail'
import { webAuthnPasskeys } from '#adapters/passkeys'
import { Argon2Passwords } from '#adapters/passwords'
import { openPool } from '#adapters/pool'
import {
  CertificateFiles,
  type CertificatePair,
  openServerKeys,
  renewServerCertificate,
  type ServerKeys,
  secretBoxOf,
} from '#adapters/server-keys'
import { pooledBlockExchange, pooledBlockOpener, pooledBlockRecoder } from '#adapters/source'
import { type ChooseAddress, sshMachines } from '#adapters/ssh'
import { folderStorage } from '#adapters/vault-storage'
import { machineRules, openWebhooks, resolveHost } from '#adapters/webhook'
import { failure, isFailure } from '#base'
import { chunkerParams, defaultChunkerParams, deriveVaultKeys } from '#engine'
import type { Clock } from '#ports'
import {
  type AccessPorts,
  type GatewayPorts,
  type LoginSecret,
  listAccounts,
  openClientBuilds,
  openInstallationKey,
  openLog,
  openServer,
  type PeriodicWork,
  type RunningServer,
  type ServerConfiguration,
  type ServerPlace,
} from '#server'
import { consoleFiles } from './console-files.ts'
import { ownBackupPorts } from './own-backup.ts'
import { packagedText } from './packaged.ts'

export type StartedServer = AsyncDisposable & {
  readonly server: RunningServer
  readonly configuration: ServerConfiguration
}

type StartOptions = {
  readonly version: string
  readonly environment: NodeJS.ProcessEnv
  /** Another than the machine's: for attacks on time. */
  readonly clock?: Clock
}

/** Who seals the blocks of backups yields to who answers calls: an answer is waited for, a block is one of thousands. */
const threadsNice = 5
const minuteMs = 60_000
const dayMs = 24 * 3_600_000

export async function startServer(
  configuration: ServerConfiguration,
  { version, environment, clock = systemClock() }: StartOptions,
): Promise<StartedServer> {
  countBuffersWithHeap()
  await using opened = new AsyncDisposableStack()
  opened.use(returnFreeMemory())
  await makeFolders(configuration)
  opened.use(await holdData(configuration, 'the server'))
  const wallMs = () => Math.floor(clock.now().wallMs)
  const gateway = opened.use(
    await openGatewayPorts(configuration, { environment, clock, mayMake: true }),
  )
  const { keys, signer, ports } = gateway
  const { files, ...tls } = await tlsOf(configuration, keys)
  const log = openLog(configuration.logLevel, process.stdout)
  const secrets = await sshSecrets(configuration)
  let running: RunningServer | undefined
  const keysNow = () => keysRequest(configuration, environment, { now: wallMs(), mayMake: false })
  const adopt = (pair: CertificatePair) => {
    Object.assign(tls, pair)
    running?.listener.renewTls({ ...tls })
  }
  const own = renewalOf(() => renewOwn(keysNow(), adopt))
  const renewal = files === undefined ? own : reloadOf(files, { adopt, log })
  const pages = consoleFiles()
  const server = await openServer({
    version,
    clock,
    random: (length) => new Uint8Array(randomBytes(length)),
    log,
    catalog: configuration.catalog,
    address: configuration.listen,
    tls,
    authority: keys.authority.certificatePem,
    gateway: ports,
    access: accessOf(keys),
    issueIdentity: identityIssuer(keys.authority, {
      wallMs,
      ...(configuration.tls === undefined ? {} : { serverTrust: '' }),
    }),
    notices: await noticesOf(configuration),
    openArchive,
    distribution: {
      texts: installerTexts(),
      builds: openClientBuilds({ folder: configuration.buildsFolder, signer, version }),
      remotes: sshMachines(chooseMachine(configuration)),
      findSecret: (name) => secrets.get(name),
    },
    ...(pages === undefined ? {} : { console: pages }),
    place: (port) => placeOf(configuration, tls.certificates, port),
    periodic: [renewal],
    own: ownBackupPorts(configuration),
  })
  running = server
  opened.use(server)
  await refuseLostCatalog(server, ports.storage)
  const all = opened.move()
  return { server, configuration, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function accessOf({ master }: ServerKeys): AccessPorts {
  const passwords = new Argon2Passwords()
  return { passkeys: webAuthnPasskeys, passwords, secrets: secretBoxOf(master) }
}

async function makeFolders({ dataFolder, storages }: ServerConfiguration): Promise<void> {
  for (const folder of [dataFolder, ...storages.values()]) await makeFolder(folder)
}

/** Servers with one PostgreSQL catalog run beside each other; each vault has one owner among them. */
export async function holdData(
  { dataFolder, catalog }: ServerConfiguration,
  who: string,
): Promise<AsyncDisposable> {
  const holder = `${who} on ${hostname()} (process ${process.pid})`
  if (catalog.kind !== 'sqlite') return new AsyncDisposableStack()
  return await holdServerData({ folder: dataFolder, catalog: catalog.path }, holder)
}

async function renewOwn(
  request: ReturnType<typeof keysRequest>,
  adopt: (pair: CertificatePair) => void,
): Promise<void> {
  const renewed = await renewServerCertificate(request)
  if (renewed === undefined) return
  adopt({ certificates: renewed.certificatePem, key: renewed.privateKeyPem })
}

function renewalOf(run: () => Promise<void>): PeriodicWork {
  return { name: 'renewal of the certificate', everyMs: dayMs, run }
}

/** A certificate that somebody else made is renewed by them; a pair that does not fit changes nothing. */
function reloadOf(
  files: CertificateFiles,
  {
    adopt,
    log,
  }: {
    readonly adopt: (pair: CertificatePair) => void
    readonly log: RunningServer['kernel']['log']
  },
): PeriodicWork {
  const run = async () => {
    try {
      const pair = await files.findChange()
      if (pair === undefined) return
      adopt(pair)
      const { notAfter } = readCertificate(pair.certificates)
      log.info({ until: new Date(notAfter).toISOString() }, 'a new certificate was taken')
    } catch (problem) {
      if (!isFailure(problem, 'server.certificate-unusable')) throw problem
      log.error({ problem }, 'the new certificate cannot be used: the old one stays')
    }
  }
  return { name: 'reload of the certificate', everyMs: minuteMs, run }
}

async function noticesOf(configuration: ServerConfiguration) {
  return {
    mailer: await mailerOf(configuration),
    webhooks: openWebhooks({ allowed: configuration.webhookAllowed }),
    language: configuration.language,
  }
}

function installerTexts() {
  return {
    installer: packagedText('packaging/install.sh'),
    agentUnit: packagedText('packaging/holdfast-agent.service'),
  }
}

/** The vaults of a server, and the keys that open them. */
export async function openGatewayPorts(
  configuration: ServerConfiguration,
  {
    environment,
    clock,
    mayMake,
  }: {
    readonly environment: NodeJS.ProcessEnv
    readonly clock: Clock
    readonly mayMake: boolean
  },
) {
  const { dataFolder, catalog, storages } = configuration
  const storage = folderStorage({ storages })
  const found = await storage.list()
  const isMissing =
    catalog.kind === 'sqlite' ? !existsSync(catalog.path) : !existsSync(join(dataFolder, 'keys'))
  if (mayMake && catalog.kind === 'sqlite' && isMissing && found.length > 0)
    throw lostCatalog(found)
  // Keys made anew would open none of the vaults that are there.
  const request = keysRequest(configuration, environment, {
    now: Math.floor(clock.now().wallMs),
    mayMake: mayMake && isMissing && found.length === 0,
  })
  const keys = await openServerKeys(request)
  const signer = await openInstallationKey(join(dataFolder, 'keys', 'installation.pem'))
  const cipher = nodeCipher()
  const random = (length: number) => new Uint8Array(randomBytes(length))
  // Its own keys seal nothing: vaults and sessions bring theirs.
  const pool = openPool({
    keys: deriveVaultKeys(cipher, random(16), random(32)),
    compressionLevel: 3,
    params: chunkerParams(defaultChunkerParams.averageBytes),
    nice: threadsNice,
  })
  const ports: GatewayPorts = {
    storage,
    master: keys.master,
    cipher,
    clock,
    exchange: pooledBlockExchange(pool),
    async openBlocks({ keys: vaultKeys, config }) {
      const { compressionLevel, chunkAverageBytes } = config
      const params = chunkerParams(chunkAverageBytes)
      const own = openPool({ keys: vaultKeys, compressionLevel, params, nice: threadsNice })
      return {
        opener: pooledBlockOpener(own),
        recoder: pooledBlockRecoder(own),
        [Symbol.asyncDispose]: () => own.close(),
      }
    },
    signReceipt: (bytes) => Uint8Array.from(Buffer.from(signer.sign(bytes), 'base64')),
    receiptKey: signer.publicKey,
    holder: `the server on ${hostname()} (process ${process.pid})`,
  }
  return { ports, keys, signer, [Symbol.asyncDispose]: () => pool.close() }
}

/** An empty catalog beside vaults was lost: a server that began anew with it would not know what it holds. */
async function refuseLostCatalog(
  { kernel, setupCode }: RunningServer,
  storage: GatewayPorts['storage'],
): Promise<void> {
  if (setupCode === undefined || (await listAccounts(kernel.catalog.db)).length > 0) return
  const found = await storage.list()
  if (found.length > 0) throw lostCatalog(found)
}

function lostCatalog(found: Awaited<ReturnType<GatewayPorts['storage']['list']>>): Error {
  const vaults = found.map(({ label }) => label.name).join(', ')
  return failure('server.catalog-lost', { vaults })
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw failure('file.unusable', { path, problem }, cause)
  }
}

function keysRequest(
  { dataFolder, address }: ServerConfiguration,
  environment: NodeJS.ProcessEnv,
  { now, mayMake }: { readonly now: number; readonly mayMake: boolean },
) {
  const named = address === undefined ? [] : [new URL(address).hostname]
  const isAddress = (host: string) => /^[\d.]+$|:/.test(host)
  const own = Object.values(networkInterfaces()).flatMap(
    (list) => list?.map((one) => one.address) ?? [],
  )
  return {
    folder: join(dataFolder, 'keys'),
    masterKeyText: environment['HOLDFAST_MASTER_KEY'],
    mayMake,
    hosts: [...new Set([hostname(), 'localhost', ...named.filter((host) => !isAddress(host))])],
    addresses: [
      ...new Set([...own.filter((one) => !one.includes('%')), ...named.filter(isAddress)]),
    ],
    now,
  }
}

type Tls = { certificates: string; key: string; readonly files?: CertificateFiles }

/** @throws server.certificate-unusable */
async function tlsOf({ tls }: ServerConfiguration, keys: ServerKeys): Promise<Tls> {
  if (tls === undefined)
    return { certificates: keys.tls.certificatePem, key: keys.tls.privateKeyPem }
  const { files, pair } = await CertificateFiles.open(tls)
  return { ...pair, files }
}

function placeOf(
  { address, listen, tls }: ServerConfiguration,
  certificates: string,
  port: number,
): ServerPlace {
  const isEverywhere = ['0.0.0.0', '::'].includes(listen.host)
  const host = isEverywhere ? hostname() : listen.host
  const shown = host.includes(':') ? `[${host}]` : host
  const { keyFingerprint } = readCertificate(certificates)
  return {
    address: address ?? `https://${shown}:${port}`,
    // Where no key is pinned, only the certificate says who the server is: then nobody else names it.
    isGuessed: address === undefined && isEverywhere && tls === undefined,
    certificate: tls === undefined ? { keyFingerprint } : undefined,
  }
}

/** Private machines may be named, this one and what hands out its credentials may not (A19). */
function chooseMachine({ webhookAllowed }: ServerConfiguration): ChooseAddress {
  const rules = machineRules(webhookAllowed)
  return async (host) => {
    try {
      const addresses = await resolveHost(host)
      for (const address of addresses) {
        const problem = rules.findProblem(host, address)
        if (problem !== undefined) return { problem }
      }
      return { address: addresses[0] ?? host }
    } catch (problem) {
      return { problem: problem instanceof Error ? problem.message : String(problem) }
    }
  }
}

async function mailerOf({ mail }: ServerConfiguration) {
  if (mail === undefined) return undefined
  const { passwordFile, ...settings } = mail
  const password =
    passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).trimEnd()
  return openMailer({ ...settings, password })
}

async function sshSecrets({
  sshKeys,
}: ServerConfiguration): Promise<ReadonlyMap<string, LoginSecret>> {
  const secrets = new Map<string, LoginSecret>()
  for (const [name, file] of sshKeys)
    secrets.set(name, { kind: 'key', privateKey: await readFile(file, 'utf8') })
  return secrets
}
