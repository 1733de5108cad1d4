/** The console's client of the API: the cookie signs in, and every change carries the header against forged calls. */
// What all pages share is started together: this must come first there too.
import '../app/without-code.ts'

import { backgroundHeader, openClient } from '#contract'
import { watchPresence } from './presence.ts'

const { isAway } = watchPresence(window, Date.now)

let csrf: string | undefined

/** Told at sign-in; a page that was loaded anew finds it where the browser keeps it for this tab. */
export function keepCsrf(value: string | undefined): void {
  csrf = value
  if (value === undefined) sessionStorage.removeItem(csrfName)
  else sessionStorage.setItem(csrfName, value)
}
const csrfName = 'holdfast-csrf'

export const api = openClient({
  address: location.origin,
  fetch: (address, init) => fetch(address, { ...init, credentials: 'same-origin' }),
  newKey: () => crypto.randomUUID(),
  headers: () => {
    csrf ??= sessionStorage.getItem(csrfName) ?? undefined
    return {
      ...(csrf === undefined ? {} : { 'Holdfast-Csrf': csrf }),
      ...(isAway() ? { [backgroundHeader]: '1' } : {}),
    }
  },
})
