// The composition root: the only place that plugs adapters into ports. Each is loaded when it is first asked for.

import { homedir, hostname, userInfo } from 'node:os'
import { systemClock } from '#adapters/clock'
import {
  type Machine,
  type OpenBlocks,
  type OpenSource,
  runCli,
  type ServerLink,
  type ServerTrust,
  type ShownCertificate,
  type Stretcher,
  type VaultFolder,
} from '#cli'
import type { TargetTree } from '#ports'
import type { Vault } from '#vault'
import { packagedText } from './packaged.ts'

/** Runs one command; resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  return await runCli(thisMachine(), argv)
}

function thisMachine(): Machine {
  const description: { version: string } = JSON.parse(packagedText('package.json'))
  return {
    version: description.version,
    runtime: `node ${process.version}, ${process.platform}-${process.arch}`,
    environment: process.env,
    homeFolder: homeFolder(),
    hostName: hostname(),
    userName: userName(),
    processId: process.pid,
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    clock: systemClock(),
    onInterrupt,
    onUncaught,
    exit: (code) => process.exit(code),
    openCipher: async () => (await import('#adapters/cipher')).nodeCipher(),
    openStretcher,
    openVaultFolder,
    openSource,
    openSmallFiles: async () => (await import('#adapters/source')).linuxSmallFiles(),
    openBlocks,
    openTarget,
    async mount(tree, request, signal) {
      const { mountTree } = await import('#adapters/mount')
      return await mountTree(tree, request, signal)
    },
    openServices: async () => (await import('./services.ts')).services(description.version),
    async openArchive(format) {
      const { tarArchive, zipArchive } = await import('#adapters/archive')
      return format === 'tar' ? tarArchive(process.stdout) : zipArchive(process.stdout)
    },
    openServerLink,
    showCertificate,
  }
}

function onInterrupt(listener: (signal: string) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

function onUncaught(listener: (problem: unknown) => void): () => void {
  // Node raises unhandled rejections as uncaught exceptions too.
  process.on('uncaughtException', listener)
  return () => process.off('uncaughtException', listener)
}

async function openStretcher(): Promise<Stretcher> {
  const { Argon2Stretcher, calibrateArgon2Cost } = await import('#adapters/keys')
  const stretcher = new Argon2Stretcher()
  return {
    stretch: (passphrase, params, signal) => stretcher.stretch(passphrase, params, signal),
    calibrate: (signal) => calibrateArgon2Cost(stretcher, signal),
  }
}

async function openVaultFolder(path: string, place: 'existing' | 'new'): Promise<VaultFolder> {
  const { openDirectoryStore, spaceReserve } = await import('#adapters/store')
  const { directoryLeases } = await import('#adapters/leases')
  const store = await openDirectoryStore(path, { createMissing: place === 'new' })
  return {
    path: store.path,
    store,
    leases: directoryLeases(store.path),
    reserve: spaceReserve(store.path),
    close: () => store.close(),
  }
}

async function openSource(vault: Vault): Promise<OpenSource> {
  const { linuxSourceTree } = await import('#adapters/source')
  const pool = await poolFor(vault)
  const tree = linuxSourceTree(pool)
  return {
    tree,
    async [Symbol.asyncDispose]() {
      await tree.close()
      await pool.close()
    },
  }
}

async function openTarget(): Promise<TargetTree> {
  const { keepHeapsSmall } = await import('#adapters/heap')
  keepHeapsSmall()
  const { linuxTargetTree } = await import('#adapters/target')
  return linuxTargetTree()
}

async function openBlocks(vault: Vault): Promise<OpenBlocks> {
  const { pooledBlockOpener, pooledBlockRecoder } = await import('#adapters/source')
  const pool = await poolFor(vault)
  return {
    opener: pooledBlockOpener(pool),
    recoder: pooledBlockRecoder(pool),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

async function openServerLink(trust: ServerTrust): Promise<ServerLink> {
  const { openAgentLink, proxySettings } = await import('#adapters/agent-link')
  return openAgentLink({ ...proxySettings({}, process.env), trust })
}

async function showCertificate(address: string, signal: AbortSignal): Promise<ShownCertificate> {
  const link = await import('#adapters/agent-link')
  return await link.showCertificate(address, link.proxySettings({}, process.env), signal)
}

async function poolFor({ keys, config }: Vault) {
  const { keepHeapsSmall } = await import('#adapters/heap')
  keepHeapsSmall()
  const { openPool } = await import('#adapters/pool')
  const { chunkerParams } = await import('#engine')
  const { compressionLevel, chunkAverageBytes } = config
  return openPool({ keys, compressionLevel, params: chunkerParams(chunkAverageBytes) })
}

/** Neither the environment nor the password database need know one: the machine may be an almost empty one. */
function homeFolder(): string {
  try {
    return homedir()
  } catch {
    return '/'
  }
}

/** A user without an entry in the password database is known by number. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

// The bundle may be started by itself; the launcher imports it instead.
if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
