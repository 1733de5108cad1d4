/** Passkeys (WebAuthn): made by who knows the password, and signed in with alone. */
import { z } from 'zod'
import { pageQuery } from '../paging.ts'
import { signIn } from '../records/account.ts'
import * as passkey from '../records/passkey.ts'
import { created, empty, json, page, route } from '../route.ts'
import { anyone, readers } from './rights.ts'

const ofSelf = { callers: readers, scope: undefined, object: 'self', effect: 'none' } as const
const withoutSignIn = {
  callers: anyone,
  scope: undefined,
  object: 'nothing',
  effect: 'none',
} as const
const ofPassword = z.strictObject({ password: z.string().max(256) })
const ofPasskey = { ...ofSelf, object: 'passkey' } as const

export const passkeys = {
  list: route({
    method: 'GET',
    path: '/me/passkeys',
    summary: 'The own passkeys',
    query: pageQuery({}),
    answer: page(passkey.passkey),
    repeat: 'safe',
    class: ofSelf,
  }),
  begin: route({
    method: 'POST',
    path: '/me/passkeys/offer',
    summary: 'What the browser needs to make a passkey',
    body: ofPassword,
    answer: created(passkey.passkeyOffer),
    repeat: 'once',
    refusals: [
      'auth.refused',
      'auth.passkeys-need-a-name',
      'auth.too-many-attempts',
      'quota.exceeded',
    ],
    class: ofSelf,
  }),
  create: route({
    method: 'POST',
    path: '/me/passkeys',
    summary: 'Add the passkey that the browser made',
    body: passkey.newPasskey,
    answer: created(passkey.passkey),
    repeat: 'once',
    refusals: ['auth.passkey-refused', 'auth.passkeys-need-a-name', 'quota.exceeded'],
    class: ofSelf,
  }),
  update: route({
    method: 'PATCH',
    path: '/me/passkeys/{passkeyId}',
    summary: 'Change the name of an own passkey',
    body: passkey.passkeyChange,
    answer: json(passkey.passkey),
    repeat: 'same',
    refusals: ['record.not-found'],
    class: ofPasskey,
  }),
  remove: route({
    method: 'DELETE',
    path: '/me/passkeys/{passkeyId}',
    summary: 'Remove an own passkey; it signs in no more',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: ofPasskey,
  }),
  beginSignIn: route({
    method: 'POST',
    path: '/sign-in/passkey',
    summary: 'What the browser needs to sign in with a passkey',
    answer: created(passkey.passkeyChallenge),
    repeat: 'once',
    refusals: ['auth.passkeys-need-a-name'],
    class: withoutSignIn,
  }),
  signIn: route({
    method: 'POST',
    path: '/sign-in/passkey/answer',
    summary: 'Sign in with what a passkey signed; the answer sets a cookie',
    body: passkey.passkeySignIn,
    answer: created(signIn),
    repeat: 'once',
    refusals: ['auth.refused', 'auth.passkeys-need-a-name', 'auth.too-many-attempts'],
    class: withoutSignIn,
  }),
} as const
