/**
 * Whether a call comes from a page of this server. A browser says where a call comes from and no page can forge that; a
 * program that is no browser says nothing, and has no cookie that somebody else could use.
 */
import { failure } from '#base'
import { csrfOf, isSameSecret } from './secrets.ts'

export type CallOrigin = {
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined
  readonly origin: string | undefined
  readonly host: string | undefined
}

/** @throws auth.cross-site */
export function checkOrigin({ site, origin, host }: CallOrigin): void {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw failure('auth.cross-site')
  }
  if (origin === undefined) return
  if (host === undefined || origin.toLowerCase() !== `https://${host.toLowerCase()}`) {
    throw failure('auth.cross-site')
  }
}

/** The cookie came with the call, whoever made it; the header can only be set by who knows the secret. @throws auth.csrf */
export function checkCsrf(sessionSecret: string, header: string | undefined): void {
  if (header === undefined || !isSameSecret(header, csrfOf(sessionSecret))) {
    throw failure('auth.csrf')
  }
}
