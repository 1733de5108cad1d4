/**
 * Ids of the objects of the catalog: a prefix that says what it is, then 26 digits. The catalog makes them from bytes of
 * chance; everything else reads them here. An id of one kind is no id of another, in types and in text. Points are named
 * by their vault and carry the name of their object: 64 hexadecimal digits.
 */

import { z } from 'zod'
import { assert, type Brand } from '#base'

const prefixes = {
  account: 'a',
  alert: 'al',
  audit: 'au',
  binding: 'pd',
  channel: 'ch',
  client: 'c',
  code: 'ac',
  event: 'ev',
  instance: 'i',
  job: 'job',
  passkey: 'pk',
  plan: 'plan',
  policy: 'po',
  restoreJob: 'r',
  rule: 'rule',
  session: 'se',
  token: 'tok',
  user: 'u',
  vault: 'v',
  version: 'ver',
} as const

export type IdKind = keyof typeof prefixes
export type Id<Kind extends string> = Brand<string, `${Kind} id`>

export type AccountId = Id<'account'>
export type AlertId = Id<'alert'>
export type AuditId = Id<'audit'>
export type BindingId = Id<'binding'>
export type ChannelId = Id<'channel'>
export type ClientId = Id<'client'>
export type CodeId = Id<'code'>
export type EventId = Id<'event'>
export type InstanceId = Id<'instance'>
export type JobId = Id<'job'>
export type PasskeyId = Id<'passkey'>
export type PlanId = Id<'plan'>
export type PolicyId = Id<'policy'>
export type PointId = Id<'point'>
export type RegionId = Id<'region'>
export type RestoreJobId = Id<'restoreJob'>
export type RuleId = Id<'rule'>
export type SessionId = Id<'session'>
export type TokenId = Id<'token'>
export type UserId = Id<'user'>
export type VaultId = Id<'vault'>
export type VersionId = Id<'version'>

/** Digits that no one mistakes for another: no i, l, o, u. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const bytesPerId = 16

/** @param bytes 16 bytes of chance (or of time and chance: equal prefixes sort by them) */
export function idFromBytes<Kind extends IdKind>(kind: Kind, bytes: Uint8Array): Id<Kind> {
  assert(bytes.length === bytesPerId, 'an id is made of 16 bytes')
  let text = ''
  let rest = 0
  let bits = 0
  for (const byte of bytes) {
    rest = (rest << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += digits[(rest >>> (bits - 5)) & 31]
    rest &= (1 << bits) - 1
  }
  text += digits[(rest << (5 - bits)) & 31]
  return branded<Kind>(`${prefixes[kind]}-${text}`)
}

/** Which kind of object a schema of an id names: routes are searched for ids by it (A22). */
export const idKinds = z.registry<{ readonly kind: IdKind | 'point' | 'region' }>()

export const ids = {
  account: idSchema('account'),
  alert: idSchema('alert'),
  audit: idSchema('audit'),
  binding: idSchema('binding'),
  channel: idSchema('channel'),
  client: idSchema('client'),
  code: idSchema('code'),
  event: idSchema('event'),
  instance: idSchema('instance'),
  job: idSchema('job'),
  passkey: idSchema('passkey'),
  plan: idSchema('plan'),
  policy: idSchema('policy'),
  point: textId('point', /^[0-9a-f]{64}$/),
  region: textId('region', /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/),
  restoreJob: idSchema('restoreJob'),
  rule: idSchema('rule'),
  session: idSchema('session'),
  token: idSchema('token'),
  user: idSchema('user'),
  vault: idSchema('vault'),
  version: idSchema('version'),
} as const

/** Kinds of objects that people give names to, and kinds that are called by the instance that they are of. */
export const ofInstanceKinds = ['job', 'plan', 'restoreJob'] as const
export const nameableKinds = [
  'channel',
  'instance',
  'policy',
  'user',
  'vault',
  ...ofInstanceKinds,
] as const
export type NameableKind = (typeof nameableKinds)[number]

/**
 * An id that is looked for. No call is refused because there is no such object any more, so it is not among the places that
 * are checked before the handler: the handler answers for the account alone.
 */
export const nameableId = z
  .string()
  .regex(
    new RegExp(`^(?:${nameableKinds.map((kind) => prefixes[kind]).join('|')})-[${digits}]{26}$`),
    'not an id of what has a name',
  )
  .meta({ id: 'NameableId' })

function idSchema<Kind extends IdKind>(kind: Kind): z.ZodType<Id<Kind>, string> {
  return textId(kind, new RegExp(`^${prefixes[kind]}-[${digits}]{26}$`))
}

/** The one place where text becomes an id: the schema has checked it. */
function textId<Kind extends IdKind | 'point' | 'region'>(
  kind: Kind,
  pattern: RegExp,
): z.ZodType<Id<Kind>, string> {
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Id`
  const schema = z.string().regex(pattern, `it is no ${kind} id`).meta({ id: name })
  idKinds.add(schema, { kind })
  return schema as unknown as z.ZodType<Id<Kind>, string>
}

function branded<Kind extends string>(text: string): Id<Kind> {
  return text as Id<Kind>
}
