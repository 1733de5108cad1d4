/** The part of the catalogue of errors that an agent makes, and those who read its reports meet. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 403 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const

export const agentCatalogue = {
  'agent.not-activated': {
    ...refused,
    says: 'This machine has no identity at a server yet.',
    advise: 'Activate it: `holdfast agent activate` with the line that the console shows.',
  },
  'activation.untrusted': {
    ...refused,
    exit: 13,
    status: 502,
    says: 'No authority that this machine trusts vouches for the server at {address}: {problem}.',
    advise:
      'Give --fingerprint with what the server printed at its start, or copy the line that the console shows. Nothing was sent.',
  },
  'agent.state-unusable': {
    ...refused,
    says: 'The state of this client in {path} cannot be used: {problem}.',
    advise: 'Put it right, or remove the folder and activate this machine again.',
  },
  'agent.policy-unusable': {
    ...refused,
    says: 'The local policy {path} cannot be used: {problem}.',
    advise:
      'It must belong to root and be writable by nobody else; nothing is done for the server until it is right.',
  },
  'agent.policy-refused': {
    ...refused,
    says: 'The local policy of this machine does not allow it: {problem}.',
    advise:
      'Whoever administers the machine can allow it in the local policy of its client: /etc/holdfast/agent.json, or the file that it was started with.',
  },
  'agent.cannot': {
    ...refused,
    says: 'This client cannot do it: {problem}.',
    advise: 'Upgrade the client, or choose differently.',
  },
  'agent.busy': {
    ...unavailable,
    says: 'This client holds {count} jobs already, as many as it takes.',
    advise: 'Wait until some of them have ended.',
  },
  'folder.unreadable': {
    ...unavailable,
    says: 'The folders in {path} cannot be listed: {problem}.',
    advise: 'Check the disk or the network share that it is on; a path can be typed all the same.',
  },
  'agent.fault': {
    ...unavailable,
    status: 500,
    says: 'The client made an error: {problem}',
    advise: 'Its log has the details. Please report it.',
  },
  'agent.interrupted': {
    ...unavailable,
    says: 'The job was begun {tries} times and never came to an end.',
    advise: 'See the log of the client; the next run uses what was stored.',
  },
  'hook.unknown': {
    ...refused,
    status: 409,
    says: 'The plan names the hook {hook}, and the local policy of this machine declares no such hook.',
    advise:
      'Nothing was read. Declare it under "hooks" in /etc/holdfast/agent.json on the machine, or take it off with `holdfast plans hooks`.',
  },
  'hook.failed': {
    ...refused,
    status: 409,
    says: 'The hook {hook} failed: {problem}.',
    advise: 'Nothing was read. Its last output is in the warnings of the job.',
  },
  'receipt.refused': {
    kind: 'damaged',
    exit: 10,
    status: 409,
    says: 'The server answered that it keeps the backup of {source}, and its receipt is not to be believed: {problem}.',
    advise:
      'Do not count on this backup, and look after the server: it may have been replaced, changed or set back. `holdfast agent receipts` on the machine shows the receipt. If the server was set back or got new keys on purpose, activate the machine again.',
  },
  'link.untrusted': {
    ...refused,
    status: 502,
    says: 'Whoever answers at {address} is not the server that this machine was activated with: {problem}.',
    advise:
      'Nothing was sent. If the server has a new certificate on purpose, activate this machine again.',
  },
  'upgrade.refused': {
    ...refused,
    says: 'The upgrade of the client to {version} is refused: {problem}.',
    advise: 'The client stays as it was.',
  },
  'upgrade.undone': {
    ...unavailable,
    says: 'The client {version} was not healthy and the one before it runs again: {problem}.',
    advise: 'See the log of the client on that machine.',
  },
} satisfies Record<string, ErrorEntry>
