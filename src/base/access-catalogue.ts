/** The part of the catalogue of errors that is about who may come in: sign-ins, roles, the server's keys and certificates. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 400 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const

export const accessCatalogue = {
  'auth.required': {
    ...refused,
    exit: 14,
    status: 401,
    says: 'You are not signed in.',
    advise: 'Sign in, or send an API token.',
  },
  'auth.refused': {
    ...refused,
    exit: 14,
    status: 401,
    says: 'These credentials are not accepted.',
    advise: 'Check them; whoever administers the account can set new ones.',
  },
  'auth.second-factor-needed': {
    ...refused,
    exit: 14,
    status: 401,
    says: 'A code of the second factor is needed.',
    advise: 'Send it as `oneTimeCode`.',
  },
  'auth.forbidden': {
    ...refused,
    exit: 14,
    status: 403,
    says: 'The role {role} may not do this.',
    advise: 'Ask an owner or administrator of the account.',
  },
  'auth.scope-missing': {
    ...refused,
    exit: 14,
    status: 403,
    says: 'The API token lacks the scope {scope}.',
    advise: 'Make a token with that scope.',
  },
  'auth.csrf': {
    ...refused,
    status: 403,
    says: 'The header Holdfast-Csrf is missing or wrong.',
    advise: 'Sign in again.',
  },
  'auth.cross-site': {
    ...refused,
    status: 403,
    says: 'The call comes from a page of another site.',
    advise: 'Use the console at the address of this server, or an API token.',
  },
  'auth.too-many-attempts': {
    ...unavailable,
    status: 429,
    says: 'Too many attempts failed.',
    advise: 'Wait {seconds} s.',
  },
  'auth.password-refused': {
    ...refused,
    status: 422,
    says: 'This password is not accepted: {problem}.',
    advise: 'Take a longer one: several words that do not belong together are best.',
  },
  'auth.role-above-own': {
    ...refused,
    status: 403,
    says: 'Your role, {role}, may not make or change a user who is {other}.',
    advise: 'Ask an owner of the account.',
  },
  'auth.own-user': {
    ...refused,
    status: 409,
    says: 'Nobody does this to the own user.',
    advise: 'Change the own password under "me"; for the rest ask another administrator.',
  },
  'auth.last-owner': {
    ...refused,
    status: 409,
    says: 'This is the last owner of the account who can sign in.',
    advise: 'Make another owner first.',
  },
  'auth.second-factor-set': {
    ...refused,
    status: 409,
    says: 'There is a second factor already.',
    advise: 'Turn it off with the password first; whoever lost it asks an administrator.',
  },
  'auth.second-factor-not-begun': {
    ...refused,
    status: 409,
    says: 'There is no new second factor to confirm, or it was made too long ago.',
    advise: 'Make a new one.',
  },
  'auth.passkeys-need-a-name': {
    ...refused,
    status: 409,
    says: 'This server is reached by {address}, and passkeys need a host name.',
    advise:
      'Give the server a name: set `address` in its configuration, and open the console there.',
  },
  'auth.passkey-refused': {
    ...refused,
    status: 409,
    says: 'The passkey was not made: {problem}.',
    advise: 'Begin again, on a page of the console opened at the address of the server.',
  },
  'setup.done': {
    ...refused,
    status: 409,
    says: 'This server has its first administrator already.',
    advise: 'Sign in.',
  },
  'setup.code-refused': {
    ...refused,
    status: 403,
    says: 'This is not the setup code that the server printed.',
    advise:
      'See the output of `holdfast server`; it prints a new code at every start until it is used.',
  },
  'certificate.refused': {
    ...refused,
    says: 'This {what} cannot be used: {problem}.',
    advise: 'Certificates and keys are PEM; keys of agents are ECDSA on P-256.',
  },
  'server-keys.refused': {
    ...refused,
    says: 'The key file {file} of the server cannot be used: {problem}.',
    advise:
      'Put the right file back, readable by the server alone; nothing was made or changed in its place.',
  },
  'server-keys.missing': {
    ...refused,
    says: 'This server has data, but {file} is not among its keys in {folder}.',
    advise:
      'Put the folder of keys back from where you keep a copy; without the master key nothing that it wrapped can be opened.',
  },
  'server-keys.other': {
    ...refused,
    says: 'This was sealed by the master key {key}, which this server does not have.',
    advise: 'Put that key back beside the others, or into HOLDFAST_MASTER_KEY.',
  },
  'server-keys.damaged': {
    kind: 'damaged',
    exit: 1,
    status: 500,
    says: 'What the master key sealed does not open: {problem}.',
    advise: 'Its bytes were changed in the catalog; restore the catalog from its backup.',
  },
} satisfies Record<string, ErrorEntry>
