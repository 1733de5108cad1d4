/** Passkeys in the browser: what asks for them, fetched when somebody does. The server says what to ask, and checks the answer. */
import { routes } from '#contract'
import { api, keepCsrf } from './client.ts'

/** Why the browser was not asked at all, or gave nothing. */
export type PasskeyObstacle =
  | { readonly kind: 'unsupported' }
  /** Browsers know passkeys by names, and this page was opened by numbers. */
  | { readonly kind: 'numbers' }
  /** Passkeys are of another name than that of this page. */
  | { readonly kind: 'elsewhere'; readonly name: string }
  /** Nobody chose one, or the browser does not trust the certificate of the page. */
  | { readonly kind: 'none given' }
  | { readonly kind: 'known already' }

export class PasskeyProblem extends Error {
  readonly obstacle: PasskeyObstacle
  constructor(obstacle: PasskeyObstacle) {
    super(obstacle.kind)
    this.obstacle = obstacle
  }
}

const numbers = /^(\d+(\.\d+){3}|\[.*\])$/

/** What stands in the way on this page, whatever the server says; undefined: nothing. */
export function findObstacle(): PasskeyObstacle | undefined {
  if (numbers.test(location.hostname)) return { kind: 'numbers' }
  return 'PublicKeyCredential' in globalThis ? undefined : { kind: 'unsupported' }
}

/** @throws PasskeyProblem, and what the server refuses */
export async function signInWithPasskey(): Promise<void> {
  checkPage()
  const { attempt, challenge, rpId, timeoutMs } = await api.call(routes.passkeys.beginSignIn, {})
  checkName(rpId)
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const optionsJSON = { challenge, rpId, timeout: timeoutMs, userVerification: 'required' } as const
  const { id, response } = await asked(() => startAuthentication({ optionsJSON }))
  const { clientDataJSON: clientData, authenticatorData, signature } = response
  const body = { attempt, credentialId: id, clientData, authenticatorData, signature }
  const { csrf } = await api.call(routes.passkeys.signIn, { body })
  keepCsrf(csrf)
}

/** @throws PasskeyProblem, and what the server refuses */
export async function makePasskey(of: {
  readonly name: string
  readonly password: string
}): Promise<void> {
  checkPage()
  const { password, name } = of
  const offer = await api.call(routes.passkeys.begin, { body: { password } })
  checkName(offer.rpId)
  const { startRegistration } = await import('@simplewebauthn/browser')
  const { handle, ...user } = offer.user
  const { id, response } = await asked(() =>
    startRegistration({
      optionsJSON: {
        challenge: offer.challenge,
        rp: { id: offer.rpId, name: 'Holdfast' },
        user: { id: handle, ...user },
        pubKeyCredParams: offer.algorithms.map((alg) => ({ type: 'public-key', alg })),
        timeout: offer.timeoutMs,
        attestation: 'none',
        excludeCredentials: offer.known.map((known) => ({ id: known, type: 'public-key' })),
        // The passkey itself says who signs in: nobody types an address.
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
      },
    }),
  )
  const { clientDataJSON: clientData, attestationObject: attestation } = response
  const body = { attempt: offer.attempt, name, credentialId: id, clientData, attestation }
  await api.call(routes.passkeys.create, { body })
}

function checkPage(): void {
  const obstacle = findObstacle()
  if (obstacle !== undefined) throw new PasskeyProblem(obstacle)
}

function checkName(rpId: string): void {
  const { hostname } = location
  const isHere = hostname === rpId || hostname.endsWith(`.${rpId}`)
  if (!isHere) throw new PasskeyProblem({ kind: 'elsewhere', name: rpId })
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (cause) {
    const isKnown = cause instanceof Error && cause.name === 'InvalidStateError'
    throw new PasskeyProblem({ kind: isKnown ? 'known already' : 'none given' })
  }
}
