/** First administrator, sign-in, tokens, accounts, users and regions. */
import { z } from 'zod'
import { roles, userStatuses } from '../enums/roles.ts'
import { listQuery, pageQuery } from '../paging.ts'
import * as record from '../records/account.ts'
import { created, empty, json, page, route } from '../route.ts'
import { label, password } from '../wire/text.ts'
import { administrators, anyone, owners, readers } from './rights.ts'

const ofServer = { callers: owners, scope: 'administer', object: 'server', effect: 'none' } as const
const ofSelf = { callers: readers, scope: undefined, object: 'self', effect: 'none' } as const

const ofPassword = z.strictObject({ password: z.string().max(256) })

export const setup = {
  get: route({
    method: 'GET',
    path: '/setup',
    summary: 'Whether the first administrator is still to be made',
    answer: json(z.object({ needed: z.boolean() })),
    repeat: 'safe',
    class: { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' },
  }),
  firstAdministrator: route({
    method: 'POST',
    path: '/setup/first-administrator',
    summary: 'Make the first account and its owner, with the code that the server printed',
    body: record.firstAdministrator,
    answer: created(record.signIn),
    repeat: 'once',
    refusals: [
      'setup.done',
      'setup.code-refused',
      'auth.password-refused',
      'auth.too-many-attempts',
    ],
    class: { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' },
  }),
} as const

export const signIn = {
  begin: route({
    method: 'POST',
    path: '/sign-in',
    summary: 'Sign in with e-mail and password; the answer sets a cookie',
    body: record.credentials,
    answer: created(record.signIn),
    repeat: 'once',
    refusals: ['auth.refused', 'auth.second-factor-needed', 'auth.too-many-attempts'],
    class: { callers: anyone, scope: undefined, object: 'nothing', effect: 'none' },
  }),
  end: route({
    method: 'POST',
    path: '/sign-out',
    summary: 'Sign out; the cookie counts no more',
    answer: empty,
    repeat: 'same',
    class: ofSelf,
  }),
  whoAmI: route({
    method: 'GET',
    path: '/me',
    summary: 'Who calls, as the server sees it',
    answer: json(record.caller),
    repeat: 'safe',
    class: { ...ofSelf, scope: 'read' },
  }),
  updateSelf: route({
    method: 'PATCH',
    path: '/me',
    summary: 'Change the own name',
    body: record.selfChange,
    answer: json(record.user),
    repeat: 'same',
    class: ofSelf,
  }),
  list: route({
    method: 'GET',
    path: '/me/sign-ins',
    summary: 'The browsers that one is signed in with',
    query: pageQuery({}),
    answer: page(record.openSignIn),
    repeat: 'safe',
    class: ofSelf,
  }),
  endOne: route({
    method: 'DELETE',
    path: '/me/sign-ins/{tokenId}',
    summary: 'End an own sign-in; it is refused from the next call on',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...ofSelf, object: 'token' },
  }),
  changePassword: route({
    method: 'POST',
    path: '/me/password',
    summary: 'Change the own password; all other sign-ins end',
    body: record.passwordChange,
    answer: empty,
    repeat: 'once',
    refusals: ['auth.refused', 'auth.password-refused', 'auth.too-many-attempts'],
    class: ofSelf,
  }),
  beginSecondFactor: route({
    method: 'POST',
    path: '/me/second-factor',
    summary: 'Make the secret of a second factor; it counts once a code of it was sent back',
    answer: created(z.object({ secret: z.string(), address: z.string() })),
    repeat: 'once',
    refusals: ['auth.second-factor-set'],
    class: ofSelf,
  }),
  confirmSecondFactor: route({
    method: 'POST',
    path: '/me/second-factor/confirmation',
    summary: 'Turn the second factor on with a code of it; recovery codes are shown once',
    body: ofPassword.extend({ oneTimeCode: record.oneTimeCode }),
    answer: json(record.recoveryCodes),
    repeat: 'once',
    refusals: ['auth.refused', 'auth.second-factor-not-begun', 'auth.too-many-attempts'],
    class: ofSelf,
  }),
  renewRecoveryCodes: route({
    method: 'POST',
    path: '/me/second-factor/recovery-codes',
    summary: 'Make new recovery codes, shown once; those from before count no more',
    body: ofPassword,
    answer: json(record.recoveryCodes),
    repeat: 'once',
    refusals: ['auth.refused', 'auth.second-factor-not-begun', 'auth.too-many-attempts'],
    class: ofSelf,
  }),
  removeSecondFactor: route({
    method: 'POST',
    path: '/me/second-factor/removal',
    summary: 'Turn the second factor off',
    body: ofPassword,
    answer: empty,
    repeat: 'same',
    refusals: ['auth.refused', 'auth.too-many-attempts'],
    class: ofSelf,
  }),
} as const

export const tokens = {
  list: route({
    method: 'GET',
    path: '/tokens',
    summary: 'The own API tokens',
    query: pageQuery({}),
    answer: page(record.token),
    repeat: 'safe',
    class: ofSelf,
  }),
  create: route({
    method: 'POST',
    path: '/tokens',
    summary: 'Make an API token; its secret is shown once',
    description: 'Asks for the own password. No token makes tokens: their maker is signed in.',
    body: record.newToken,
    answer: created(record.tokenWithSecret),
    repeat: 'once',
    refusals: ['auth.refused', 'auth.too-many-attempts', 'quota.exceeded'],
    class: ofSelf,
  }),
  revoke: route({
    method: 'DELETE',
    path: '/tokens/{tokenId}',
    summary: 'Revoke an own API token; it is refused from the next call on',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...ofSelf, object: 'token' },
  }),
} as const

export const accounts = {
  list: route({
    method: 'GET',
    path: '/accounts',
    summary: 'Accounts of this server',
    query: listQuery(['name', 'createdAt'], {}),
    answer: page(record.account),
    repeat: 'safe',
    class: { ...ofServer, scope: 'read' },
  }),
  create: route({
    method: 'POST',
    path: '/accounts',
    summary: 'Make an account and its owner',
    body: record.newAccount,
    answer: created(record.account),
    repeat: 'key',
    refusals: ['record.exists', 'auth.password-refused'],
    class: ofServer,
  }),
  get: route({
    method: 'GET',
    path: '/accounts/{accountId}',
    summary: 'An account',
    answer: json(record.account),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { callers: readers, scope: 'read', object: 'account', effect: 'none' },
  }),
  update: route({
    method: 'PATCH',
    path: '/accounts/{accountId}',
    summary: 'Change name, time zone or contact of an account',
    body: record.accountChange,
    answer: json(record.account),
    repeat: 'same',
    refusals: ['record.not-found', 'record.exists'],
    class: { callers: owners, scope: 'administer', object: 'account', effect: 'none' },
  }),
} as const

const ofUsers = {
  callers: administrators,
  scope: 'administer',
  object: 'user',
  effect: 'none',
} as const

export const users = {
  list: route({
    method: 'GET',
    path: '/users',
    summary: 'Users of the account',
    query: listQuery(['name', 'email', 'lastSeenAt'], {
      role: z.enum(roles).optional(),
      status: z.enum(userStatuses).optional(),
      search: label(200).optional(),
    }),
    answer: page(record.user),
    repeat: 'safe',
    class: { callers: readers, scope: 'read', object: 'account', effect: 'none' },
  }),
  create: route({
    method: 'POST',
    path: '/users',
    summary: 'Make a user',
    description: 'Only an owner makes owners.',
    body: record.newUser,
    answer: created(record.user),
    repeat: 'key',
    refusals: ['record.exists', 'auth.password-refused', 'auth.role-above-own', 'quota.exceeded'],
    class: { ...ofUsers, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/users/{userId}',
    summary: 'A user',
    answer: json(record.user),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { ...ofUsers, callers: readers, scope: 'read' },
  }),
  update: route({
    method: 'PATCH',
    path: '/users/{userId}',
    summary: 'Change name, role or status of a user',
    description: 'Nobody raises a role above the own one, and the last owner stays one.',
    body: record.userChange,
    answer: json(record.user),
    repeat: 'same',
    refusals: ['record.not-found', 'auth.role-above-own', 'auth.own-user', 'auth.last-owner'],
    class: ofUsers,
  }),
  setPassword: route({
    method: 'PUT',
    path: '/users/{userId}/password',
    summary: 'Set a new password for a user; all sign-ins, tokens and passkeys of that user end',
    body: z.strictObject({ password }),
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found', 'auth.password-refused', 'auth.role-above-own', 'auth.own-user'],
    class: ofUsers,
  }),
  remove: route({
    method: 'DELETE',
    path: '/users/{userId}',
    summary: 'Remove a user; what that user made stays',
    answer: empty,
    repeat: 'same',
    refusals: ['record.not-found', 'auth.role-above-own', 'auth.own-user', 'auth.last-owner'],
    class: ofUsers,
  }),
} as const

export const regions = {
  list: route({
    method: 'GET',
    path: '/regions',
    summary: 'Regions',
    query: pageQuery({}),
    answer: page(record.region),
    repeat: 'safe',
    class: { callers: readers, scope: 'read', object: 'account', effect: 'none' },
  }),
  create: route({
    method: 'POST',
    path: '/regions',
    summary: 'Make a region',
    body: record.newRegion,
    answer: created(record.region),
    repeat: 'key',
    refusals: ['record.exists'],
    class: ofServer,
  }),
  get: route({
    method: 'GET',
    path: '/regions/{regionId}',
    summary: 'A region',
    answer: json(record.region),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { callers: readers, scope: 'read', object: 'region', effect: 'none' },
  }),
  update: route({
    method: 'PATCH',
    path: '/regions/{regionId}',
    summary: 'Change name, description or data address of a region',
    body: record.regionChange,
    answer: json(record.region),
    repeat: 'same',
    refusals: ['record.not-found'],
    class: { ...ofServer, object: 'region' },
  }),
} as const
