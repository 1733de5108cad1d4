/** Signing in with e-mail and password, for the calls that no API token may make. The cookie lives in this process only. */
import { failure, isFailure } from '#base'
import { type ApiClient, routes, type SignIn } from '#contract'
import type { Context } from '../command.ts'
import { askLine, askSecret } from '../terminal.ts'
import { boundTo, connect } from './connect.ts'
import type { SavedServer } from './server-book.ts'

export type SignedIn = AsyncDisposable & {
  readonly api: ApiClient
  readonly signIn: SignIn
  /** For the calls that ask for it once more. */
  readonly password: string
}

/** Asks for what it needs. Ends the sign-in on disposal. @throws sign-in.impossible, auth.* */
export async function signIn(
  context: Context,
  server: Pick<SavedServer, 'address' | 'fingerprint'>,
  email: string | undefined,
): Promise<SignedIn> {
  const { machine, signal } = context
  if (machine.input.isTTY !== true)
    throw failure('sign-in.impossible', { what: 'e-mail and password' })
  const jar = new CookieJar()
  await using opened = new AsyncDisposableStack()
  const connection = opened.use(
    await connect(
      machine,
      server,
      () => jar.headers(),
      (answer) => jar.keep(answer),
    ),
  )
  const api = boundTo(connection.api, signal)
  const address = email ?? (await askLine(context, 'E-mail: ')) ?? ''
  const password = await askSecret(context, `Password of ${address}: `)
  const begun = await begin(context, api, { email: address, password })
  jar.csrf = begun.csrf
  opened.defer(async () => {
    await api.call(routes.signIn.end, {})
  })
  const all = opened.move()
  return { api, signIn: begun, password, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function begin(
  context: Context,
  api: ApiClient,
  credentials: { readonly email: string; readonly password: string },
): Promise<SignIn> {
  try {
    return await api.call(routes.signIn.begin, { body: credentials })
  } catch (problem) {
    if (!isFailure(problem, 'auth.second-factor-needed')) throw problem
    const oneTimeCode = (await askLine(context, 'One-time code: ')) ?? ''
    return await api.call(routes.signIn.begin, { body: { ...credentials, oneTimeCode } })
  }
}

/** The one cookie of a sign-in, and the proof that goes with it. */
class CookieJar {
  csrf: string | undefined
  #cookie: string | undefined

  keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) this.#cookie = line.split(';')[0]
  }

  headers(): Readonly<Record<string, string>> {
    return {
      ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
      ...(this.csrf === undefined ? {} : { 'holdfast-csrf': this.csrf }),
    }
  }
}
