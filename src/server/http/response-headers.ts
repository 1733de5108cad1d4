/** Headers that every answer has, and those that take what others named. */
import { assert } from '#base'
import { previewMedia } from '#contract'

/** Answers of the API are never kept, guessed at, framed, or run as a page. */
export const apiHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/**
 * A preview is what some file of some machine holds: in its frame it has an origin of its own, runs nothing and loads
 * nothing. The one thing let in are the rules by which the browser itself lays out a text or an image.
 */
export function previewHeaders(media: string): Readonly<Record<string, string>> {
  assert(
    previewMedia.some((one) => one === media),
    'a preview is a text or an image',
  )
  return {
    'content-disposition': 'inline',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    'x-frame-options': 'SAMEORIGIN',
  }
}

export const consoleHeaders = {
  ...apiHeaders,
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default",
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

const sessionCookieName = '__Host-holdfast'

/** Undefined also for a name that came twice: one of the two may be somebody else's. */
export function sessionCookieOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${sessionCookieName}=`))
    .map((pair) => pair.slice(sessionCookieName.length + 1))
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}

export function setSessionCookie(
  value: { readonly secret: string; readonly expiresAt: number } | undefined,
  now: number,
): string {
  const secret = value?.secret ?? ''
  assert(/^[\w.-]*$/.test(secret), 'a secret is made of letters and digits')
  const seconds = value === undefined ? 0 : Math.max(0, Math.floor((value.expiresAt - now) / 1_000))
  return `${sessionCookieName}=${secret}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Strict`
}

const nameCharactersMax = 128

/**
 * RFC 6266 with RFC 8187: browsers store it under this name and never show it (A18). A name can hold anything: what ends
 * the header, names another folder or turns the reading direction is replaced.
 */
export function attachmentNamed(fileName: string): string {
  const shown = Array.from(
    fileName.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}/\\]/gu, '_'),
  )
    .slice(-nameCharactersMax)
    .join('')
    .trim()
  const name = /^\.*$/.test(shown) ? 'download' : shown
  const plain = name.replace(/[^A-Za-z0-9 ._-]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*!~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}

/** @param media as a route or a handler says it */
export function contentTypeOf(media: string): string {
  assert(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*$/.test(media), 'a media type is one')
  const isText = media.startsWith('text/')
  return isText && !media.includes(';') ? `${media}; charset=utf-8` : media
}
