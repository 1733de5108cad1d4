/** Accounts, users, sign-ins, tokens and regions. */
import { z } from 'zod'
import { noticeLanguages } from '../enums/alerts.ts'
import { roles, scopes, userStatuses } from '../enums/roles.ts'
import { ids } from '../ids.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant, timeZone } from '../wire/instant.ts'
import { amount, label, mailAddress, password, prose, sentence, webAddress } from '../wire/text.ts'

export const account = z
  .object({
    accountId: ids.account,
    name: label(64),
    timeZone,
    /** Where alerts go when nothing else is said. */
    contact: mailAddress,
    /** Of messages to its people; the server's when absent. */
    language: z.enum(noticeLanguages).optional(),
    createdAt: instant,
  })
  .meta({ id: 'Account' })
export type Account = Decoded<typeof account>

export const newAccount = z.strictObject({
  name: label(64),
  timeZone: timeZone.optional().meta({ default: 'Asia/Shanghai' }),
  contact: mailAddress,
  owner: z.strictObject({ name: label(64), email: mailAddress, password }),
})

export const accountChange = z.strictObject({
  name: label(64).optional(),
  timeZone: timeZone.optional(),
  contact: mailAddress.optional(),
  language: z.enum(noticeLanguages).optional(),
})

export const user = z
  .object({
    userId: ids.user,
    accountId: ids.account,
    name: label(64),
    email: mailAddress,
    role: z.enum(roles),
    status: z.enum(userStatuses),
    secondFactor: z.boolean(),
    createdAt: instant,
    lastSeenAt: instant.optional(),
  })
  .meta({ id: 'User' })
export type User = Decoded<typeof user>

export const newUser = z.strictObject({
  name: label(64),
  email: mailAddress,
  role: z.enum(roles),
  password,
})

export const userChange = z.strictObject({
  name: label(64).optional(),
  role: z.enum(roles).optional(),
  status: z.enum(userStatuses).optional(),
  /** Takes away the second factor of a user who lost it. */
  secondFactor: z.literal(false).optional(),
})

/** What people change of themselves. */
export const selfChange = z.strictObject({ name: label(64) })

/** A browser that somebody is signed in with. */
export const openSignIn = z
  .object({
    tokenId: ids.token,
    /** What the browser calls itself. */
    browser: sentence,
    createdAt: instant,
    lastUsedAt: instant.optional(),
    expiresAt: instant.optional(),
    /** The one that asks. */
    isThis: z.boolean(),
  })
  .meta({ id: 'OpenSignIn' })
export type OpenSignIn = Decoded<typeof openSignIn>

export const passwordChange = z.strictObject({ old: z.string().max(256), new: password })

/** One-time code of a second factor (RFC 6238). */
export const oneTimeCode = z.string().regex(/^\d{6}$/, 'six digits')

/** Lets in once in place of a one-time code. */
export const recoveryCode = z
  .string()
  .regex(/^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){3}$/, 'no recovery code')

export const recoveryCodes = z
  .object({
    /** Shown this once. */
    codes: z.array(z.string()),
  })
  .meta({ id: 'RecoveryCodes' })

export const credentials = z.strictObject({
  email: mailAddress,
  /** As it was typed: an old password may be shorter than a new one must be. */
  password: z.string().max(256),
  oneTimeCode: oneTimeCode.optional(),
  recoveryCode: recoveryCode.optional(),
})

export const signIn = z
  .object({
    user,
    account,
    /** Sent back in the header Holdfast-Csrf with every call that changes something, when the cookie signs in. */
    csrf: z.string(),
    expiresAt: instant,
  })
  .meta({ id: 'SignIn' })
export type SignIn = Decoded<typeof signIn>

/** Who calls, as the server sees it. */
export const caller = z
  .object({
    user,
    account,
    scopes: z.array(z.enum(scopes)).optional(),
    /** As at sign-in; for who is known by the cookie. Another tab of the browser learns it here. */
    csrf: z.string().optional(),
    /** How many are left; absent: there is no second factor. */
    recoveryCodes: amount.optional(),
  })
  .meta({ id: 'Caller' })

/** The code that the server printed when it started without any user. */
/** Anything that somebody may take for it: the server says that it is not, and where the right one is. */
export const setupCode = z.string().min(1).max(200)

export const firstAdministrator = z.strictObject({
  setupCode,
  accountName: label(64),
  name: label(64),
  email: mailAddress,
  password,
  timeZone: timeZone.optional(),
})

export const token = z
  .object({
    tokenId: ids.token,
    name: label(64),
    scopes: z.array(z.enum(scopes)),
    createdAt: instant,
    expiresAt: instant.optional(),
    lastUsedAt: instant.optional(),
  })
  .meta({ id: 'Token' })
export type ApiToken = Decoded<typeof token>

export const newToken = z.strictObject({
  name: label(64),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: instant.optional(),
  /** Of the caller: a token counts for longer than the browser that stands open. */
  password: z.string().max(256),
})

export const tokenWithSecret = z
  .object({
    token,
    /** Shown this once. */
    secret: z.string(),
  })
  .meta({ id: 'TokenWithSecret' })

export const region = z
  .object({
    regionId: ids.region,
    name: label(64),
    description: prose(255),
    /** Where agents of this region send data; the control address when absent. */
    dataAddress: webAddress.optional(),
    createdAt: instant,
  })
  .meta({ id: 'Region' })
export type Region = Decoded<typeof region>

export const newRegion = z.strictObject({
  regionId: ids.region,
  name: label(64),
  description: prose(255).optional(),
  dataAddress: webAddress.optional(),
})

export const regionChange = newRegion
  .omit({ regionId: true })
  .partial()
  // null: the control address again.
  .extend({ dataAddress: webAddress.nullable().optional() })
