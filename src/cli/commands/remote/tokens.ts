/** `holdfast tokens …`: the own API tokens. No token may make or end tokens, so each of these asks for the password. */
import { routes, type Scope, scopes } from '#contract'
import type { Command, CommandGroup, Context, Given, OptionSpec } from '../../command.ts'
import { printable } from '../../printable.ts'
import { chooseServer } from '../../remote/connect.ts'
import { findNamed } from '../../remote/find-named.ts'
import { tellList } from '../../remote/listing.ts'
import { numberOf, someOf } from '../../remote/option-words.ts'
import { serverExits, serverGroup } from '../../remote/server-command.ts'
import { type SignedIn, signIn } from '../../remote/sign-in.ts'
import { shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const dayMs = 86_400_000

const emailOption: OptionSpec = {
  flags: '--email <address>',
  about: 'as whom, instead of a question',
}

const list = passwordCommand({
  name: 'list',
  summary: 'list the own API tokens',
  about: ['Lists the tokens of the user who signs in, without their secrets.'],
  arguments: [],
  options: [emailOption],
  examples: [{ line: 'holdfast tokens', about: 'asks for the password' }],
  run: runList,
})

const add = passwordCommand({
  name: 'add',
  summary: 'make an API token; its secret is shown once',
  about: [
    'Makes a token for a script. What it may do is at most its scopes, and the role of its user.',
  ],
  arguments: [{ name: 'NAME', about: 'what it is for', count: 'one' }],
  options: [
    { flags: '--scope <scope>', about: `${scopes.join(', ')} (default read)`, many: true },
    { flags: '--days <n>', about: 'how long it counts (default: until it is revoked)' },
    emailOption,
  ],
  examples: [
    {
      line: 'holdfast tokens add nightly --scope read --scope backup --days 365',
      about: 'for a script',
    },
  ],
  run: runAdd,
})

const revoke = passwordCommand({
  name: 'revoke',
  summary: 'revoke an API token',
  about: ['Revokes a token; it is refused from the next call on.'],
  arguments: [{ name: 'TOKEN', about: 'its name or id', count: 'one' }],
  options: [emailOption],
  examples: [{ line: 'holdfast tokens revoke nightly', about: 'at once' }],
  run: runRevoke,
})

export const tokens: CommandGroup = serverGroup({
  name: 'tokens',
  summary: 'the own API tokens: list, add, revoke',
  about: ['API tokens of the user who signs in. A token cannot do this: it asks for the password.'],
  commands: [list, add, revoke],
})

type Work = (context: Context, given: Given, signed: SignedIn) => Promise<number>

function passwordCommand(
  text: Omit<Command, 'run' | 'exits' | 'speaksTo'> & { readonly run: Work },
): Command {
  return {
    ...text,
    exits: serverExits,
    speaksTo: 'server',
    run: async (context, given) => {
      const server = await chooseServer(context)
      await using signed = await signIn(context, server, given.text('email') ?? server.email)
      return await text.run(context, given, signed)
    },
  }
}

async function runList(context: Context, _given: Given, { api }: SignedIn): Promise<number> {
  await tellList(
    { context },
    {
      event: 'token',
      items: api.list(routes.tokens.list, {}),
      fields: (token) => wireFields(routes.tokens.list.answer.item, token),
      none: 'There is no API token.',
      columns: [
        { title: 'NAME', show: ({ name }) => printable(name) },
        { title: 'SCOPES', show: (token) => token.scopes.join(',') },
        { title: 'MADE', show: ({ createdAt }) => shownTime(createdAt) },
        { title: 'USED', show: ({ lastUsedAt }) => shownTime(lastUsedAt) || 'never' },
        { title: 'UNTIL', show: ({ expiresAt }) => shownTime(expiresAt) || 'it is revoked' },
        { title: 'ID', show: ({ tokenId }) => tokenId },
      ],
    },
  )
  return 0
}

async function runAdd(context: Context, given: Given, signed: SignedIn): Promise<number> {
  const { output, machine } = context
  const asked: readonly Scope[] = someOf(given, 'scope', scopes)
  const days = given.text('days')
  const until = (text: string) =>
    new Date(machine.clock.now().wallMs + numberOf(text, '--days', 1) * dayMs).toISOString()
  const made = await signed.api.call(routes.tokens.create, {
    body: {
      name: given.argument('NAME'),
      scopes: asked.length === 0 ? ['read'] : asked,
      password: signed.password,
      ...(days === undefined ? {} : { expiresAt: until(days) }),
    },
  })
  output.event('token', wireFields(routes.tokens.create.answer.schema, made))
  output.note('The token, shown this once:')
  output.line(printable(made.secret))
  return 0
}

async function runRevoke(context: Context, given: Given, { api }: SignedIn): Promise<number> {
  const { tokenId, name } = await findNamed(given.argument('TOKEN'), {
    kind: 'token',
    items: api.list(routes.tokens.list, {}),
    id: (token) => token.tokenId,
    names: (token) => [token.name],
  })
  await api.call(routes.tokens.revoke, { path: { tokenId } })
  context.output.event('revoked', { tokenId })
  context.output.note(`${printable(name)} is refused from now on.`)
  return 0
}
