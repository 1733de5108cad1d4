/** What passkeys say, checked. */
export { webAuthnPasskeys } from './web-authn-passkeys.ts'
