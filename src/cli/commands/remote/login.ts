/** `holdfast login`: a control server becomes known, is trusted, and lets this user in. */
import { failure, isFailure } from '#base'
import { routes, type Scope, scopes } from '#contract'
import type { Command, Context, Given } from '../../command.ts'
import { getFile } from '../../files.ts'
import { printable } from '../../printable.ts'
import { boundTo, connect } from '../../remote/connect.ts'
import { nameOfAddress, parseFingerprint, parseServerAddress } from '../../remote/server-address.ts'
import {
  readServerBook,
  type SavedServer,
  type ServerBook,
  serverName,
  withServer,
  writeServerBook,
} from '../../remote/server-book.ts'
import { serverExits } from '../../remote/server-command.ts'
import { signIn } from '../../remote/sign-in.ts'
import { confirm, readInputLine } from '../../terminal.ts'

const tokenDaysUsual = 90
const dayMs = 86_400_000
const tokenNameCharactersMax = 64

export const login: Command = {
  name: 'login',
  summary: 'sign in at a control server, and remember it',
  about: [
    'Asks for e-mail, password and, where it is set up, a one-time code; then makes an API token and keeps that, not the password, in `servers.json` beside the config file, readable by nobody else. With --token-file it keeps a token that was made before, and asks nothing.',
    'A server whose certificate no authority vouches for is trusted by its fingerprint: it is shown once, to be compared with what the server printed at its start, and from then on nobody else is spoken to.',
    'Several servers may be known, each by a name; --server NAME or HOLDFAST_SERVER says which one is meant, else it is the default.',
  ],
  arguments: [{ name: 'ADDRESS', about: 'https://backup.example.com:8443', count: 'one' }],
  options: [
    { flags: '--fingerprint <sha256>', about: 'of the key that the server must show' },
    { flags: '--token-file <file>', about: 'an API token on the first line of it (- for input)' },
    { flags: '--email <address>', about: 'as whom, instead of a question' },
    { flags: '--name <name>', about: 'what to call the server here (default: its host)' },
    { flags: '--default', about: 'the one that is meant when none is named' },
    { flags: '--days <n>', about: `how long the token counts (default ${tokenDaysUsual})` },
    {
      flags: '--scope <scope>',
      about: 'what the token may do at most (default: all)',
      choices: scopeNames(),
      many: true,
    },
  ],
  examples: [
    { line: 'holdfast login https://backup.example.com:8443', about: 'asks what it needs' },
    {
      line: 'holdfast login backup.example.com:8443 --fingerprint sha256:9f86… --token-file -',
      about: 'for a script; the token comes by standard input',
    },
  ],
  exits: serverExits,
  speaksTo: 'server',
  run,
}

async function run(context: Context, given: Given): Promise<number> {
  const { machine, output } = context
  const address = parseServerAddress(given.argument('ADDRESS'))
  const book = await readServerBook(machine)
  const known = book.servers.find((server) => server.address === address)
  const name = given.text('name') ?? known?.name ?? nameOfAddress(address)
  checkName(book, name, address)
  const fingerprint = await trust(context, { address, known, given: given.text('fingerprint') })
  const place = { name, address, ...(fingerprint === undefined ? {} : { fingerprint }) }
  const tokenFile = given.text('tokenFile')
  const server =
    tokenFile === undefined
      ? await makeToken(context, given, { place, known })
      : await tryToken(context, { ...place, token: await readToken(context, tokenFile) })
  await writeServerBook(withServer(book, server, given.flag('default')))
  output.event('signed-in', { server: name, address, email: server.email })
  output.note(
    `Signed in at ${address} as ${printable(server.email ?? '')}. It is called ${name} here, and kept in ${printable(book.path)}.`,
  )
  return 0
}

function checkName(book: ServerBook, name: string, address: string): void {
  if (!serverName.test(name)) {
    const problem = `${name} is no name: 1 to 64 letters, digits, ".", "_", "-"`
    throw failure('usage.invalid', { problem })
  }
  const other = book.servers.find((server) => server.name === name && server.address !== address)
  if (other === undefined) return
  const problem = `${name} is the name of ${other.address} already; give another with --name`
  throw failure('usage.invalid', { problem })
}

type Newcomer = {
  readonly address: string
  readonly known: SavedServer | undefined
  readonly given: string | undefined
}

/** @returns the fingerprint to pin; undefined: authorities of the system vouch for the server */
async function trust(
  context: Context,
  { address, known, given }: Newcomer,
): Promise<string | undefined> {
  if (given !== undefined) return parseFingerprint(given)
  const { machine, output, signal } = context
  const shown = await machine.showCertificate(address, signal)
  if (known?.fingerprint === shown.sha256) return shown.sha256
  if (known?.fingerprint !== undefined)
    output.warning(
      `The server shows another key than before (it was sha256:${known.fingerprint}). Somebody may be in between.`,
    )
  else if (shown.doubt === undefined) return undefined
  const print = `sha256:${shown.sha256}`
  if (machine.input.isTTY !== true)
    throw failure('sign-in.impossible', { what: `whether ${print} is its certificate` })
  output.aside(`The key of ${address} has the fingerprint\n  ${print}`)
  if (shown.doubt !== undefined)
    output.aside(`No authority of this system vouches for it (${printable(shown.doubt)}).`)
  output.aside('The server shows its fingerprint at its start: compare them.')
  if (await confirm(context, 'Is it the same?')) return shown.sha256
  throw failure('confirmation.declined')
}

async function readToken(context: Context, path: string): Promise<string> {
  const text = path === '-' ? await readInputLine(context) : (await getFile(path)).toString('utf8')
  const token = text.split('\n')[0]?.trim() ?? ''
  if (/^[\x21-\x7e]{8,512}$/.test(token)) return token
  throw failure('usage.invalid', { problem: 'There is no API token on the first line' })
}

async function tryToken(context: Context, server: SavedServer): Promise<SavedServer> {
  await using connection = await connect(context.machine, server, () => ({
    authorization: `Bearer ${server.token}`,
  }))
  const api = boundTo(connection.api, context.signal)
  const { user } = await api.call(routes.signIn.whoAmI, {})
  return { ...server, email: user.email }
}

type Place = {
  readonly place: Omit<SavedServer, 'token'>
  readonly known: SavedServer | undefined
}

async function makeToken(
  context: Context,
  given: Given,
  { place, known }: Place,
): Promise<SavedServer> {
  const { machine } = context
  const days = daysOf(given)
  const chosen = scopesOf(given)
  await using signed = await signIn(context, place, given.text('email'))
  const { api } = signed
  const name = `${machine.userName}@${machine.hostName}`.replace(/[^\w@. -]/g, '_')
  const { token, secret } = await api.call(routes.tokens.create, {
    body: {
      name: name.slice(0, tokenNameCharactersMax),
      scopes: chosen,
      password: signed.password,
      expiresAt: new Date(machine.clock.now().wallMs + days * dayMs).toISOString(),
    },
  })
  if (known?.tokenId !== undefined) await revokeOld(signed, known.tokenId)
  return { ...place, token: secret, tokenId: token.tokenId, email: signed.signIn.user.email }
}

/** The token of an earlier login is of no more use; it may be gone, or somebody else's. */
async function revokeOld(
  { api }: Awaited<ReturnType<typeof signIn>>,
  tokenId: string,
): Promise<void> {
  try {
    await api.call(routes.tokens.revoke, { path: { tokenId } })
  } catch (problem) {
    if (!isFailure(problem, 'record.not-found')) throw problem
  }
}

function daysOf(given: Given): number {
  const text = given.text('days') ?? String(tokenDaysUsual)
  const days = Number(text)
  if (/^\d{1,4}$/.test(text) && days >= 1) return days
  throw failure('usage.invalid', { problem: '--days takes a number of days from 1 to 9999' })
}

function scopesOf(given: Given): readonly Scope[] {
  const wanted = given.texts('scope')
  const unknown = wanted.find((word) => !scopeNames().includes(word))
  if (unknown !== undefined)
    throw failure('usage.invalid', {
      problem: `${unknown} is no scope: ${scopeNames().join(', ')}`,
    })
  return scopes.filter((scope) => wanted.length === 0 || wanted.includes(scope))
}

function scopeNames(): readonly string[] {
  return scopes
}
