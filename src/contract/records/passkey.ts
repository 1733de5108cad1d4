/** Passkeys (WebAuthn): what signs in without a password. Binary fields are base64url, as browsers have them in JSON. */
import { z } from 'zod'
import { ids } from '../ids.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant } from '../wire/instant.ts'
import { label, sentence } from '../wire/text.ts'

export const passkey = z
  .object({
    passkeyId: ids.passkey,
    name: label(64),
    createdAt: instant,
    lastUsedAt: instant.optional(),
    /** Kept by a service on several devices, rather than on one that can be lost. */
    synced: z.boolean(),
  })
  .meta({ id: 'Passkey' })
export type Passkey = Decoded<typeof passkey>

const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'not base64url')

/** Names this attempt; it counts once, and for some minutes. */
const attempt = base64url(512)
const credentialId = base64url(1_400)

const challenge = { attempt, challenge: base64url(128), rpId: sentence, timeoutMs: z.int() }

/** What the browser is asked to make. */
export const passkeyOffer = z
  .object({
    ...challenge,
    user: z.object({ handle: base64url(128), name: sentence, displayName: sentence }),
    /** COSE numbers of the kinds of signatures that are taken. */
    algorithms: z.array(z.int()),
    /** Passkeys that the user has already. */
    known: z.array(credentialId),
  })
  .meta({ id: 'PasskeyOffer' })
export type PasskeyOffer = Decoded<typeof passkeyOffer>

export const newPasskey = z.strictObject({
  attempt,
  name: label(64),
  credentialId,
  clientData: base64url(8_192),
  attestation: base64url(65_536),
})

/** What the browser is asked to sign; it finds the passkey itself. */
export const passkeyChallenge = z.object(challenge).meta({ id: 'PasskeyChallenge' })

export const passkeySignIn = z.strictObject({
  attempt,
  credentialId,
  clientData: base64url(8_192),
  authenticatorData: base64url(8_192),
  signature: base64url(2_048),
})

export const passkeyChange = z.strictObject({ name: label(64) })
