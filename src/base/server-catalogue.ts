/** The part of the catalogue of errors that only a server and its callers meet. */
import type { ErrorEntry } from './error-entry.ts'

const refused = { kind: 'refused', exit: 1, status: 400 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const

export const serverCatalogue = {
  'request.invalid': {
    ...refused,
    says: 'The request is not as it must be, at {where}: {problem}.',
    advise: 'See docs/api/openapi.json.',
  },
  'request.too-large': {
    ...refused,
    status: 413,
    says: 'The request has more than {limit} bytes.',
    advise: 'Split it.',
  },
  'request.too-many': {
    ...unavailable,
    status: 429,
    says: 'There were too many requests of this kind in a short time.',
    advise: 'Wait {seconds} s.',
  },
  'folder.superseded': {
    ...refused,
    status: 409,
    says: 'Another folder of the same instance was asked for meanwhile; this one is answered no more.',
    advise: 'Use the answer to the newer request.',
  },
  'request.too-slow': {
    ...unavailable,
    status: 408,
    says: 'The request came too slowly; the server waits no longer for the rest.',
    advise: 'Check the network between here and the server, then send it again.',
  },
  'request.malformed': {
    ...refused,
    says: 'This is not a request of HTTP as it must be: {problem}.',
    advise: 'Check the program that sent it, and any proxy in between.',
  },
  'route.not-found': {
    ...refused,
    status: 404,
    says: 'There is no route {method} {path}.',
    advise: 'See docs/api/openapi.json.',
  },
  'record.not-found': {
    ...refused,
    status: 404,
    says: 'There is no {kind} {id} that you may see.',
    advise: 'Check the id and the account.',
  },
  'record.exists': {
    ...refused,
    status: 409,
    says: 'There is already a {kind} named {name}.',
    advise: 'Choose another name.',
  },
  'record.changed': {
    ...refused,
    status: 409,
    says: 'Somebody else changed the {kind} {id} meanwhile; nothing was done.',
    advise: 'Look at it again, then decide.',
  },
  'page.cursor-refused': {
    ...refused,
    says: 'The cursor belongs to another query.',
    advise: 'Begin with the first page.',
  },
  'idempotency.mismatch': {
    ...refused,
    status: 422,
    says: 'The Idempotency-Key was used for another request.',
    advise: 'Use a new key for a new request.',
  },
  'idempotency.under-way': {
    ...unavailable,
    status: 409,
    says: 'The first request with this Idempotency-Key is still under way.',
    advise: 'Ask again in a moment.',
  },
  'confirmation.wrong': {
    ...refused,
    status: 409,
    says: 'The confirmation is not the one that the proposal asks for.',
    advise: 'Read the proposal again: it may have changed. Nothing was done.',
  },
  'activation.code-refused': {
    ...refused,
    status: 403,
    says: 'This activation code is unknown, used or older than 15 minutes.',
    advise: 'Make a new one.',
  },
  'agent.revoked': {
    ...refused,
    status: 401,
    says: 'The identity of this client was revoked.',
    advise: 'Activate it again with a new code, if it is yours.',
  },
  'agent.unreachable': {
    ...unavailable,
    says: 'AgentChannelUnavailable: the server has no way to the instance {instance}: {problem}.',
    advise:
      'Check that its client runs, or that SSH to it works; or use the one-line command on it.',
  },
  'instance.not-found': {
    ...refused,
    status: 404,
    says: 'InstanceNotExists: there is no instance {instance} that you may see.',
    advise: 'Check the id, the region and the account.',
  },
  'instance.not-running': {
    ...refused,
    status: 409,
    says: 'InstanceNotRunning: the instance {instance} is stopped or lost.',
    advise: 'Start it, or choose another one.',
  },
  'instance.unsupported': {
    ...refused,
    status: 409,
    says: 'The instance {instance} cannot be protected: {problem}.',
    advise: 'See README, "What it runs on".',
  },
  'client.not-installed': {
    ...refused,
    status: 409,
    says: 'There is no client on the instance {instance}.',
    advise: 'Activate it first.',
  },
  'client.seen-recently': {
    ...refused,
    status: 409,
    says: 'The client of {instance} was heard from at {seen}; one heard from within an hour cannot be deleted.',
    advise: 'Uninstall it, or wait.',
  },
  'plan.other-method': {
    ...refused,
    status: 409,
    says: 'The instance {instance} is protected by {method} already; an instance has one method at a time.',
    advise: 'Cancel or unbind that first; its backup points stay as they are.',
  },
  'plan.skip-unconfirmed': {
    ...refused,
    status: 409,
    says: 'With {time} the backup of today is skipped.',
    advise: 'Send `acceptSkip` if that is meant.',
  },
  'plan.not-active': {
    ...refused,
    status: 409,
    says: 'The plan {plan} is {status}.',
    advise: 'Resume it, or activate the instance again.',
  },
  'plan.vault-unlocked': {
    ...refused,
    status: 409,
    says: 'The vault {vault} does not lock its points, and those of Essential backup are always locked.',
    advise: 'Lock the vault first, choose another, or leave the choice to the server.',
  },
  'policy.in-use': {
    ...refused,
    status: 409,
    says: 'The policy {policy} is bound to {count} instance(s).',
    advise: 'Unbind them first.',
  },
  'binding.exists': {
    ...refused,
    status: 409,
    says: 'The instance {instance} is bound to the policy {policy} already.',
    advise: 'Change that binding.',
  },
  'job.under-way': {
    ...refused,
    status: 409,
    says: 'The job {job} of this plan is still running.',
    advise: 'Wait for it, or cancel it.',
  },
  'job.over': {
    ...refused,
    status: 409,
    says: 'The job {job} is {state} already.',
    advise: 'There is nothing to do.',
  },
  'vault.locked': {
    ...refused,
    status: 423,
    says: 'The vault {vault} holds {count} locked point(s), the last until {until}.',
    advise: 'It can be removed after that; until then nobody can, by design.',
  },
  'vault.in-use': {
    ...refused,
    status: 409,
    says: '{count} backup plan(s) still write into the vault {vault}.',
    advise: 'Cancel them, or bind them to another vault, first.',
  },
  'vault.lock-not-raised': {
    ...refused,
    status: 409,
    says: 'The lock of {vault} is {from}; it is only ever raised, and {to} is not higher.',
    advise: 'Nothing was changed.',
  },
  'quota.exceeded': {
    ...refused,
    status: 507,
    says: 'The {quota} of {limit} is used up.',
    advise: 'Raise it, or let older points expire.',
  },
  'session.unknown': {
    ...unavailable,
    status: 410,
    says: 'The session {session} has ended.',
    advise: 'Open a new one; what was stored is not sent again.',
  },
  'session.refused': {
    ...refused,
    status: 422,
    says: 'The session refused what was sent: {problem}.',
    advise:
      'Nothing of it was stored. Update the client; if that does not help, look at its instance.',
  },
  'mail.not-configured': {
    ...refused,
    status: 409,
    says: 'The server has no mail server to send with.',
    advise: 'Name one in its configuration (section `mail`), then send a test.',
  },
  'mail.no-recipient': {
    ...refused,
    status: 409,
    says: 'There is nobody to send mail to.',
    advise: 'Name a contact of the account, or recipients of the channel.',
  },
  'mail.insecure': {
    ...refused,
    says: 'A password for {server} would cross the network without encryption.',
    advise: 'Use `tls` or `starttls`, or send without a user name.',
  },
  'mail.refused': {
    ...refused,
    status: 502,
    says: 'The mail server {server} refused: {problem}.',
    advise: 'Check sender, recipients, user and password.',
  },
  'mail.unavailable': {
    ...unavailable,
    says: 'The mail server {server} cannot be used: {problem}.',
    advise: 'Check its name, its port, its certificate and the network.',
  },
  'webhook.address-refused': {
    ...refused,
    status: 409,
    says: 'No message is sent to {host}: {problem}.',
    advise:
      'Webhooks go to public addresses; the configuration of the server can allow others by name.',
  },
  'webhook.refused': {
    ...refused,
    status: 502,
    says: 'The receiver {host} answered {answer}.',
    advise: 'Check address and secret of the channel; no redirect is followed.',
  },
  'webhook.unavailable': {
    ...unavailable,
    says: 'The receiver {host} does not answer: {problem}.',
    advise: 'Check that it runs, its certificate and the network.',
  },
  'server.not-ready': {
    ...unavailable,
    exit: 13,
    says: 'The server is starting or stopping, or cannot reach what it needs.',
    advise: 'Ask again in a moment; if it lasts, the log of the server says what is wrong.',
  },
  'server.catalog-lost': {
    ...refused,
    exit: 10,
    says: 'The catalog of this server is empty, and there are vaults in its storages ({vaults}).',
    advise:
      'Fill it from them with `holdfast server recover-catalog`. For a new server, name other storages.',
  },
  'server.catalog-not-empty': {
    ...refused,
    status: 409,
    says: 'The catalog has accounts already; recovering fills an empty one.',
    advise: 'Move the catalog away first, if it is the one that is to be replaced.',
  },
  'server.nothing-to-recover': {
    ...refused,
    exit: 10,
    status: 404,
    says: 'There is neither a vault in the storages ({storages}) nor an export beside the keys.',
    advise: 'Check the configuration, and that the disks of the vaults are mounted.',
  },
  'export.damaged': {
    kind: 'damaged',
    exit: 1,
    status: 500,
    says: 'The export of the catalog cannot be used: {problem}.',
    advise: 'An older one may be whole; recovering tries them all.',
  },
  'server.data-in-use': {
    ...refused,
    exit: 11,
    says: 'The data in {data} is in use by {holder} since {since}.',
    advise:
      'Use the server that runs, or end it first: two at once on one SQLite catalog would undo each other’s work. A process that was killed holds nothing. Several servers share a catalog in PostgreSQL.',
  },
  'server.address-unusable': {
    ...refused,
    says: 'The server cannot listen at {address}: {problem}.',
    advise:
      'Choose another address or port with --listen or HOLDFAST_SERVER_LISTEN, or end the program that uses it.',
  },
  'server.certificate-unusable': {
    ...refused,
    says: 'The certificate {certificate} and its key {key} cannot be used: {problem}.',
    advise:
      'Put a certificate with its chain, and the key that belongs to it, into the two files. A server that runs goes on with the pair that it has.',
  },
  'server.busy': {
    ...unavailable,
    exit: 13,
    says: 'The server has as much to do as it takes at once.',
    advise: 'Ask again in {seconds} s.',
  },
  'server.unreachable': {
    ...unavailable,
    exit: 13,
    says: 'The server at {address} does not answer: {problem}.',
    advise: 'Check the address, the network and the server.',
  },
  'server.fault': {
    ...unavailable,
    exit: 13,
    status: 500,
    says: 'The server made an error ({request}).',
    advise: 'Its log has the details under that id. Please report it.',
  },
  'server.unknown-error': {
    ...unavailable,
    exit: 13,
    status: 502,
    says: 'The server answered with something that this program does not know ({code}): {problem}',
    advise: 'Use the version of the server.',
  },
} satisfies Record<string, ErrorEntry>
