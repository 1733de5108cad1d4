/** The part of the catalogue of errors about handing out clients and putting them on machines over SSH. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 422 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const

export const distributionCatalogue = {
  'client.builds-unusable': {
    ...refused,
    status: 500,
    says: 'The client builds in {path} cannot be handed out: {problem}.',
    advise:
      'Make them anew with `npm run build:client`, or point the server at a folder that has them.',
  },
  'client.install-failed': {
    ...refused,
    says: 'The client could not be installed on {instance}: {problem}.',
    advise: 'Put right what it says, then activate the instance again. Trying again is safe.',
  },
  'push.unreachable': {
    ...unavailable,
    says: '{address} cannot be reached over SSH: {problem}.',
    advise: 'Check address, port and firewall. Without SSH, use an activation code on the machine.',
  },
  'push.not-ssh': {
    ...refused,
    says: 'What answers at {address} is no SSH server that Holdfast can speak with: {problem}.',
    advise: 'Check the port. Holdfast needs SSH 2 with today’s algorithms.',
  },
  'push.host-key-changed': {
    ...refused,
    says: '{address} answers with the key {found}, but {expected} was expected. Nothing was sent to it.',
    advise:
      'Either the machine was set up anew or somebody stands in between. Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine, then change its access.',
  },
  'push.key-unknown': {
    ...refused,
    says: 'The configuration of the server has no SSH key named {name}.',
    advise: 'Add it to the configuration, or use the name of one that is there.',
  },
  'push.login-refused': {
    ...refused,
    says: '{address} does not let {user} in with this key or password.',
    advise: 'Put the public key into ~/.ssh/authorized_keys of that user, or use another one.',
  },
  'push.not-root': {
    ...refused,
    says: '{user} is not root on {address} and cannot become it without a password.',
    advise:
      'Log in as root, or allow the user `sudo` without a password while the client is installed.',
  },
  'push.unsupported': {
    ...refused,
    says: '{address} cannot run the client: {problem}.',
    advise: 'It needs 64-bit Linux on x86-64 or ARM, with glibc 2.28 or newer.',
  },
  'push.no-space': {
    ...refused,
    says: '{address} has {freeMib} MiB of free space in {folder}; {neededMib} MiB are needed.',
    advise: 'Make room, then try again.',
  },
  'push.no-way-back': {
    ...refused,
    says: '{address} cannot reach the server at {server}.',
    advise:
      'Clients connect to the server, never the other way round: open the way, or set a proxy on the machine.',
  },
  'push.late': {
    ...unavailable,
    says: '{address} did not finish "{step}" within {seconds} s.',
    advise: 'Look at the machine; then try again, which is safe.',
  },
  'push.failed': {
    ...refused,
    says: 'Installing on {address} failed at "{step}": {problem}.',
    advise: 'Put right what it says; trying again is safe.',
  },
} as const satisfies Record<string, ErrorEntry>
