/**
 * Machines over SSH. Nothing is sent to a machine before it has proved the expected host key: trusting the first key that
 * answers is a decision of a person, who sees it through `findHostKey`.
 */
import { createHash } from 'node:crypto'
import { Client, type ConnectConfig } from 'ssh2'
import { assert, failure } from '#base'
import { algorithms } from './algorithms.ts'
import { type RemoteCommand, type RemoteResult, runCommand } from './run-command.ts'

export type SshSecret =
  | { readonly kind: 'key'; readonly privateKey: string; readonly passphrase?: string }
  | { readonly kind: 'password'; readonly password: string }

export type SshAddress = { readonly host: string; readonly port?: number | undefined }

export type SshAccess = SshAddress & {
  readonly user: string
  /** SHA-256 of the host key, in hexadecimal. */
  readonly hostKeyDigest: string
  readonly secret: SshSecret
}

export type SshHostKey = {
  readonly hostKeyDigest: string
  readonly fingerprint: string
  readonly type: string
}

export interface SshConnection extends AsyncDisposable {
  run(command: RemoteCommand, signal: AbortSignal): Promise<RemoteResult>
}

const handshakeTimeoutMs = 20_000
const keepAliveMs = 10_000

/** The address to connect to, or why none may be. */
export type ChooseAddress = (
  host: string,
) => Promise<{ readonly address: string } | { readonly problem: string }>

/** @param choose looked up once, so that what was judged is what is called (A19) */
export function sshMachines(choose: ChooseAddress = async (host) => ({ address: host })) {
  return {
    findHostKey: async (address: SshAddress, signal: AbortSignal) =>
      await findHostKey(await chosen(address, choose), signal),
    open: async (access: SshAccess, signal: AbortSignal) =>
      await open(await chosen(access, choose), signal),
  }
}

async function chosen<Of extends SshAddress>(of: Of, choose: ChooseAddress): Promise<Of> {
  const found = await choose(of.host)
  if ('problem' in found) throw unreachable(of, found.problem)
  return { ...of, host: found.address }
}

async function findHostKey(address: SshAddress, signal: AbortSignal): Promise<SshHostKey> {
  let key: Uint8Array | undefined
  // Refusing the key ends the connection before anybody logs in.
  const look = (shown: Uint8Array) => {
    key = shown
    return false
  }
  try {
    const client = await connect(address, { username: 'holdfast', hostVerifier: look }, signal)
    client.destroy()
  } catch (problem) {
    if (key === undefined) throw problem
  }
  assert(key !== undefined, 'no connection without a host key')
  return describeHostKey(key)
}

async function open(access: SshAccess, signal: AbortSignal): Promise<SshConnection> {
  const address = nameOf(access)
  let found: SshHostKey | undefined
  const isExpected = (shown: Uint8Array) => {
    found = describeHostKey(shown)
    return found.hostKeyDigest === access.hostKeyDigest
  }
  const login = { username: access.user, hostVerifier: isExpected, ...loginOf(access.secret) }
  try {
    const client = await connect(access, login, signal)
    return connectionOf(client, address)
  } catch (problem) {
    if (found === undefined || found.hostKeyDigest === access.hostKeyDigest) throw problem
    const expected = fingerprintOf(Buffer.from(access.hostKeyDigest, 'hex'))
    const context = { address, found: found.fingerprint, expected }
    throw failure('push.host-key-changed', context, problem)
  }
}

function connectionOf(client: Client, address: string): SshConnection {
  // A connection that breaks fails the command that runs over it; without one nobody is waiting.
  client.on('error', () => client.destroy())
  return {
    run: (command, signal) => runCommand({ client, address }, command, signal),
    async [Symbol.asyncDispose]() {
      client.end()
      client.destroy()
    },
  }
}

function loginOf(secret: SshSecret): ConnectConfig {
  switch (secret.kind) {
    case 'key': {
      const { privateKey, passphrase } = secret
      return { privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
    }
    case 'password':
      return { password: secret.password }
  }
}

async function connect(
  address: SshAddress,
  login: ConnectConfig,
  signal: AbortSignal,
): Promise<Client> {
  signal.throwIfAborted()
  const client = new Client()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  client.on('ready', resolve)
  client.on('error', (problem) => reject(translate(problem, address, login)))
  client.on('close', () => reject(unreachable(address, 'the connection was closed')))
  try {
    client.connect({
      ...login,
      host: address.host,
      port: address.port ?? 22,
      algorithms,
      readyTimeout: handshakeTimeoutMs,
      keepaliveInterval: keepAliveMs,
      keepaliveCountMax: 3,
    })
    await promise
    return client
  } catch (problem) {
    client.destroy()
    throw problem instanceof Error && problem.message.startsWith('Cannot parse privateKey')
      ? unusableKey(address, problem)
      : problem
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function translate(problem: Error & { level?: string }, address: SshAddress, login: ConnectConfig) {
  switch (problem.level) {
    case 'client-authentication': {
      const context = { address: nameOf(address), user: login.username ?? '' }
      return failure('push.login-refused', context, problem)
    }
    case 'client-socket':
    case 'client-timeout':
    case 'client-dns':
    case undefined:
      return unreachable(address, problem.message, problem)
    default: {
      const context = { address: nameOf(address), problem: problem.message }
      return failure('push.not-ssh', context, problem)
    }
  }
}

function unreachable(address: SshAddress, problem: string, cause?: Error) {
  return failure('push.unreachable', { address: nameOf(address), problem }, cause)
}

function unusableKey(address: SshAddress, cause: Error) {
  const problem = 'it is no private key, or its passphrase is missing'
  const context = { address: nameOf(address), step: 'reading the SSH key', problem }
  return failure('push.failed', context, cause)
}

/** A host key begins with its type, as a text with its length before it (RFC 4253, 6.6). */
function describeHostKey(key: Uint8Array): SshHostKey {
  const digest = createHash('sha256').update(key).digest()
  const length = new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(0)
  assert(length <= 64 && length + 4 <= key.length, 'the package has read the type of the key')
  return {
    hostKeyDigest: digest.toString('hex'),
    fingerprint: fingerprintOf(digest),
    type: Buffer.from(key.subarray(4, 4 + length)).toString('latin1'),
  }
}

function fingerprintOf(digest: Buffer): string {
  return `SHA256:${digest.toString('base64').replace(/=+$/, '')}`
}

function nameOf({ host, port }: SshAddress): string {
  return port === undefined ? host : `${host}:${port}`
}
