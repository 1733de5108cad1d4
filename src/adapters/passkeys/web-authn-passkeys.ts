/**
 * Passkeys as WebAuthn has them. Every answer must be to the challenge, from a page of the server, of a user whom the
 * device has verified; whatever is wrong with it is a no, never an exception.
 */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'

/** COSE: ES256 and RS256, the two that every device has one of. */
const algorithms = [-7, -257] as const

type Expected = { readonly rpId: string; readonly origin: string; readonly challenge: string }

type NewAnswer = {
  readonly credentialId: string
  readonly clientData: string
  readonly attestation: string
}

type MadePasskey = {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly synced: boolean
}

type Signature = {
  readonly credentialId: string
  readonly clientData: string
  readonly authenticatorData: string
  readonly signature: string
}

export const webAuthnPasskeys = {
  algorithms,

  async verifyNew(
    answer: NewAnswer,
    expected: Expected,
  ): Promise<MadePasskey | { readonly problem: string }> {
    const response: RegistrationResponseJSON = {
      ...credentialOf(answer),
      response: { clientDataJSON: answer.clientData, attestationObject: answer.attestation },
    }
    try {
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response,
        ...expectationOf(expected),
        supportedAlgorithmIDs: [...algorithms],
      })
      if (!verified) return { problem: 'its signature is not right' }
      const { credential, credentialBackedUp } = registrationInfo
      return {
        credentialId: credential.id,
        publicKey: new Uint8Array(credential.publicKey),
        counter: credential.counter,
        synced: credentialBackedUp,
      }
    } catch (problem) {
      return { problem: sentenceOf(problem) }
    }
  },

  async verifySignature(
    answer: Signature,
    expected: Expected & { readonly publicKey: Uint8Array; readonly counter: number },
  ): Promise<{ readonly counter: number } | undefined> {
    const { credentialId, clientData, authenticatorData, signature } = answer
    const response: AuthenticationResponseJSON = {
      ...credentialOf(answer),
      response: { clientDataJSON: clientData, authenticatorData, signature },
    }
    const publicKey = new Uint8Array(expected.publicKey)
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        ...expectationOf(expected),
        credential: { id: credentialId, publicKey, counter: expected.counter },
      })
      return verified ? { counter: authenticationInfo.newCounter } : undefined
    } catch {
      return undefined
    }
  },
}

function credentialOf({ credentialId: id }: { readonly credentialId: string }) {
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const
}

function expectationOf({ challenge, origin, rpId }: Expected) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
  }
}

function sentenceOf(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : String(problem)
  return text.replace(/\.$/, '')
}
