/**
 * The installer and the line that fetches it. Both are text that a root shell runs: every value that is put into it has a
 * shape that no shell can misunderstand, and is checked here, wherever it comes from.
 */
import { BlockList, isIP } from 'node:net'
import { assert } from '#base'
import type { ClientManifest } from '#contract'

/** The texts of packaging/. */
export type InstallerTexts = { readonly installer: string; readonly agentUnit: string }

/** How clients reach the server and know it. */
export type ServerPlace = {
  /** `https://backup.example.com:8443`, without a path. */
  readonly address: string
  /** Nobody gave it an address: this is the name of its machine, which others may not know. */
  readonly isGuessed?: boolean
  /** Of the certificate that it shows; undefined: it has one that machines trust anyway. */
  readonly certificate: ShownCertificate | undefined
}

/** SHA-256, in hexadecimal. */
export type ShownCertificate = {
  /** Of its public key (SPKI), which curl, wget and agents compare: it stays when the certificate is renewed. */
  readonly keyFingerprint: string
}

/**
 * The place as somebody reaches it who asked for it by this host: better than a guess, unless it leads nowhere but to the
 * asking machine itself.
 * @param host the Host header, as it came (RFC 9110, 7.2)
 */
export function placeSeenBy(place: ServerPlace, host: string | undefined): ServerPlace {
  if (place.isGuessed !== true || host === undefined) return place
  const address = `https://${host}`
  if (!addressShape.test(address) || !URL.canParse(address)) return place
  // The one form of its many forms.
  const { hostname, origin } = new URL(address)
  return isOwnMachine(hostname) ? place : { ...place, address: origin }
}

/** Names and addresses that mean the machine itself, wherever they are used (RFC 6761, 6.3; RFC 5735; RFC 4291). */
function isOwnMachine(host: string): boolean {
  const name = host.replace(/\.$/, '')
  if (/^(?:.*\.)?localhost(?:\.localdomain)?$/.test(name)) return true
  const address = name.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  return family !== 0 && ownAddresses.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const ownAddresses = new BlockList()
ownAddresses.addSubnet('127.0.0.0', 8)
ownAddresses.addSubnet('0.0.0.0', 8)
ownAddresses.addAddress('::1', 'ipv6')
ownAddresses.addAddress('::', 'ipv6')

export function renderInstaller(
  texts: InstallerTexts,
  place: ServerPlace,
  { version, publicKey, builds }: ClientManifest,
): string {
  const digestOf = (build: string) => builds.find((one) => one.build === build)?.sha256 ?? ''
  const values: Readonly<Record<string, string>> = {
    ADDRESS: checked(place.address, addressShape),
    FINGERPRINT: checked(place.certificate?.keyFingerprint ?? '', fingerprintShape),
    PIN: pinOf(place) ?? '',
    VERSION: checked(version, /^[0-9A-Za-z.+-]{1,32}$/),
    SHA256_X86_64: checked(digestOf('linux-x86-64'), fingerprintShape),
    SHA256_ARM64: checked(digestOf('linux-arm64'), fingerprintShape),
    PUBLIC_KEY: checked(publicKey.trimEnd(), publicKeyShape),
    UNIT: texts.agentUnit.trimEnd(),
  }
  assert(!/^END$/m.test(values['UNIT'] ?? ''), 'no line of the unit ends its place in the script')
  return texts.installer.replace(/@([A-Z0-9_]+)@/g, (_, name: string) => {
    const value = values[name]
    assert(value !== undefined, 'the installer asks for values that there are')
    return value
  })
}

/** One line for a shell on the machine: fetches the installer from the right server only. */
export function installCommand(place: ServerPlace, code: string): string {
  const pin = pinOf(place)
  const trust = pin === undefined ? '' : ` -k --pinnedpubkey '${pin}'`
  const address = checked(place.address, addressShape)
  return `curl -fsSL${trust} '${address}/install.sh' | sh -s -- --code ${checked(code, codeShape)}`
}

/** The same as curl and wget know it. */
export function pinOf({ certificate }: ServerPlace): string | undefined {
  if (certificate === undefined) return undefined
  const bytes = Buffer.from(checked(certificate.keyFingerprint, /^[0-9a-f]{64}$/), 'hex')
  return `sha256//${bytes.toString('base64')}`
}

const addressShape = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/
const fingerprintShape = /^(?:[0-9a-f]{64})?$/
const codeShape = /^[A-Za-z0-9][A-Za-z0-9-]{7,99}$/
const publicKeyShape = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----$/

function checked(value: string, shape: RegExp): string {
  assert(
    shape.test(value),
    'what goes into a shell script has a shape that no shell misunderstands',
  )
  return value
}
