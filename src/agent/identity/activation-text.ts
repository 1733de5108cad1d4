/** What a person copies from the console: `https://host:port CODE --fingerprint sha256:…`. */
import { failure } from '#base'
import type { Trust } from '../ports.ts'

export type ActivationText = {
  readonly address: string
  readonly code: string
  readonly trust: Trust
}

/** @throws usage.invalid */
export function parseActivation(words: {
  readonly address: string
  readonly code: string
  readonly fingerprint?: string | undefined
}): ActivationText {
  return {
    address: parseServerAddress(words.address),
    code: parseCode(words.code),
    trust:
      words.fingerprint === undefined
        ? { kind: 'system' }
        : { kind: 'fingerprint', sha256: parseFingerprint(words.fingerprint) },
  }
}

/** @returns without a slash at its end. @throws usage.invalid */
export function parseServerAddress(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:') throw invalid(`${text} is not an https address`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid('the address of a server has no user, query or fragment')
  }
  return url.href.replace(/\/+$/, '')
}

function parseCode(text: string): string {
  if (/^[A-Za-z0-9_-]{16,64}$/.test(text)) return text
  throw invalid('this is not an activation code')
}

/** As openssl and browsers write it too: with colons, in capitals. */
function parseFingerprint(text: string): string {
  const hex = text
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw invalid('a fingerprint is sha256: and 64 hexadecimal digits')
}

function invalid(problem: string): Error {
  return failure('usage.invalid', { problem })
}
