/** Addresses of control servers and fingerprints of their certificates, as people type them. */
import { failure } from '#base'

/** `https://backup.example.com:8443`; without a scheme, https is meant. @returns without a slash at its end. @throws usage.invalid */
export function parseServerAddress(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`)
  if (url === null || url.protocol !== 'https:' || url.hostname === '')
    throw invalid(`${text} is not an https address`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw invalid('the address of a server has no user, query or fragment')
  return url.href.replace(/\/+$/, '')
}

/** As openssl and browsers write it too: with colons, in capitals. @returns 64 hexadecimal digits. @throws usage.invalid */
export function parseFingerprint(text: string): string {
  const hex = text
    .trim()
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw invalid('a fingerprint is sha256: and 64 hexadecimal digits')
}

/** What a server is called when nobody said otherwise: its host. */
export function nameOfAddress(address: string): string {
  return new URL(address).hostname.replace(/[^\w.-]/g, '-').replace(/^-+|-+$/g, '') || 'server'
}

function invalid(problem: string): Error {
  return failure('usage.invalid', { problem })
}
