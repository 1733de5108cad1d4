/** The part of the catalogue of errors that only commands through a control server meet. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 400 } as const

export const commandCatalogue = {
  'server.unnamed': {
    ...refused,
    exit: 14,
    says: 'No control server is known here yet.',
    advise:
      'Sign in to one with `holdfast login ADDRESS`, or set HOLDFAST_SERVER and HOLDFAST_TOKEN.',
  },
  'server.unknown-name': {
    ...refused,
    exit: 14,
    status: 404,
    says: 'There is no control server {name} in {path}.',
    advise: 'It knows: {known}. An address begins with https://.',
  },
  'server.untrusted': {
    ...refused,
    exit: 13,
    status: 502,
    says: 'Whoever answers at {address} is not the control server that is trusted: {problem}.',
    advise:
      'Nothing was sent. If its certificate was changed on purpose, compare the fingerprint on the server and `holdfast login` again.',
  },
  'sign-in.impossible': {
    ...refused,
    exit: 14,
    says: 'There is no terminal to ask for {what}.',
    advise:
      'Use an API token: --token-file FILE (- for input), or HOLDFAST_TOKEN; the fingerprint is given by --fingerprint.',
  },
  'name.unknown': {
    ...refused,
    status: 404,
    says: 'There is no {kind} {name} that you may see{near}.',
    advise: 'Check the name; the list of them shows names and ids.',
  },
  'name.ambiguous': {
    ...refused,
    status: 409,
    says: '{name} may mean {count} of them: {found}.',
    advise: 'Give the id instead, or as many of its first digits as it takes.',
  },
  'version.none': {
    ...refused,
    status: 404,
    says: 'There is no backup version of {instance}{when}.',
    advise: '`holdfast versions` lists those that there are.',
  },
  'choice.missing': {
    ...refused,
    says: '{problem}.',
    advise: '{advice}',
  },
  'confirmation.missing': {
    ...refused,
    says: 'This cannot be undone and needs a confirmation; nothing was done.',
    advise: 'Type it when asked, or give --confirm "{confirmation}".',
  },
  'confirmation.declined': {
    ...refused,
    says: 'It was not confirmed; nothing was done.',
    advise: 'Run it again when it is meant; --yes answers the question.',
  },
  'job.not-complete': {
    ...refused,
    exit: 4,
    status: 409,
    says: 'The job {job} ended as {state}: {problem}',
    advise: '{advice}',
  },
} satisfies Record<string, ErrorEntry>
