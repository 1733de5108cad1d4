/** The certificate that a server shows, before anybody trusts it: for a person to compare. Not a byte of HTTP is sent. */
import { isIP } from 'node:net'
import { checkServerIdentity, connect as startTls, type TLSSocket } from 'node:tls'
import { failure } from '#base'
import { keyFingerprintOf } from './fingerprints.ts'
import { chooseProxy, type ProxySettings } from './proxy-choice.ts'
import { openTunnel, reached } from './tunnel.ts'

export type ShownCertificate = {
  /** Of its public key, in hexadecimal: it stays when the certificate is renewed. */
  readonly sha256: string
  /** Why the authorities of the system do not vouch for it; undefined: they do. */
  readonly doubt: string | undefined
}

const connectMsMax = 15_000

/** @throws server.unreachable */
export async function showCertificate(
  address: string,
  proxies: ProxySettings,
  signal: AbortSignal,
): Promise<ShownCertificate> {
  const url = new URL(address)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 443 : Number(url.port)
  const patience = AbortSignal.any([signal, AbortSignal.timeout(connectMsMax)])
  const proxy = chooseProxy({ host, port }, proxies)
  const tunnel = proxy && (await openTunnel(proxy, { host, port }, patience))
  const secure = startTls({
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Judged below, and told instead of refused.
    rejectUnauthorized: false,
    ...(tunnel ? { socket: tunnel } : { host, port }),
  })
  tunnel?.on('error', (problem) => secure.destroy(problem))
  try {
    await reached(secure, 'secureConnect', patience)
    return judge(secure, host)
  } catch (problem) {
    const said = problem instanceof Error ? problem.message : String(problem)
    throw failure('server.unreachable', { address: `${host}:${port}`, problem: said }, problem)
  } finally {
    secure.destroy()
    tunnel?.destroy()
  }
}

function judge(secure: TLSSocket, host: string): ShownCertificate {
  const shown = secure.getPeerX509Certificate()
  if (shown === undefined) throw new Error('it shows no certificate')
  const chain = secure.authorized ? undefined : String(secure.authorizationError)
  const name = checkServerIdentity(host, secure.getPeerCertificate())?.message
  return { sha256: keyFingerprintOf(shown), doubt: chain ?? name }
}
