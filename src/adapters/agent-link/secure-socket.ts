/**
 * One connection to the server: through a proxy or not, with TLS, and with nobody but the server that this machine was
 * activated with. The check is done before a byte of HTTP is sent.
 */
import { isIP } from 'node:net'
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect as startTls,
  type TLSSocket,
} from 'node:tls'
import { failure, isFailure } from '#base'
import { fingerprintOf, keyFingerprintOf } from './fingerprints.ts'
import type { HttpProxy } from './proxy-choice.ts'
import { openTunnel, reached } from './tunnel.ts'

/** How the server proves who it is. */
export type Trust =
  | { readonly kind: 'authority'; readonly pem: string }
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  | { readonly kind: 'system' }

export type SecureTarget = {
  readonly host: string
  readonly port: number
  readonly trust: Trust
  readonly identity?: { readonly privateKey: string; readonly certificate: string } | undefined
  readonly proxy: HttpProxy | undefined
}

/** @throws link.untrusted, server.unreachable */
export async function openSecureSocket(
  target: SecureTarget,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { host, port, proxy, trust } = target
  const tunnel = proxy && (await openTunnel(proxy, { host, port }, signal))
  const secure = startTls({
    ...tlsOptions(target),
    ...(tunnel ? { socket: tunnel } : { host, port }),
  })
  tunnel?.on('error', (problem) => secure.destroy(problem))
  try {
    await reached(secure, 'secureConnect', signal)
    if (trust.kind === 'fingerprint') checkFingerprint(secure, trust.sha256)
    return quick(secure)
  } catch (problem) {
    secure.destroy()
    tunnel?.destroy()
    throw isFailure(problem) ? problem : asFailure(target, problem)
  }
}

function tlsOptions({ host, trust, identity }: SecureTarget): ConnectionOptions {
  return {
    // A name only: the standard has no server name for addresses.
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // A fingerprint says more than a chain does; it is compared before anything is sent.
    rejectUnauthorized: trust.kind !== 'fingerprint',
    ...(trust.kind === 'authority' ? { ca: trust.pem } : {}),
    // The authority of an installation signs one server, which machines know by many names: an address behind a router,
    // one that came later. What it signs for clients passes for no server, whatever it is called.
    checkServerIdentity: (_name, certificate) =>
      trust.kind === 'system' ? checkServerIdentity(host, certificate) : undefined,
    ...(identity && { key: identity.privateKey, cert: identity.certificate }),
  }
}

/** Of its key, which stays when the certificate is renewed, or of the very certificate. */
function checkFingerprint(socket: TLSSocket, sha256: string): void {
  const shown = socket.getPeerX509Certificate()
  const known = shown === undefined ? [] : [keyFingerprintOf(shown), fingerprintOf(shown)]
  if (known.includes(sha256)) return
  throw untrusted(socket.remoteAddress ?? '?', `its fingerprint is sha256:${known[0] ?? '(none)'}`)
}

function quick(socket: TLSSocket): TLSSocket {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)
  return socket
}

/** Codes that say: somebody answered, and is not who we expected. */
const untrustedCodes =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:VERIFY|GET)|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH)/

function asFailure({ host, port }: SecureTarget, problem: unknown): Error {
  const said = problem instanceof Error ? problem.message : String(problem)
  const code = problem instanceof Error && 'code' in problem ? String(problem.code) : ''
  if (untrustedCodes.test(code)) return untrusted(`${host}:${port}`, said, problem)
  return failure('server.unreachable', { address: `${host}:${port}`, problem: said }, problem)
}

function untrusted(address: string, problem: string, cause?: unknown): Error {
  return failure('link.untrusted', { address, problem }, cause)
}
