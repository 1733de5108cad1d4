/** `holdfast users …`: the people of an account. */
import { failure } from '#base'
import { type ApiClient, type Role, roles, routes, type User } from '#contract'
import type { ArgumentSpec, CommandGroup, Context, Given, OptionSpec } from '../../command.ts'
import { getFile } from '../../files.ts'
import { printable } from '../../printable.ts'
import { mustConfirm, yesOption } from '../../remote/confirm-text.ts'
import { findNamed } from '../../remote/find-named.ts'
import { tellList } from '../../remote/listing.ts'
import { wordOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { shownTime, yesNo } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { askSecret, readInputLine } from '../../terminal.ts'

const userArgument: ArgumentSpec = {
  name: 'USER',
  about: 'e-mail address, name or id',
  count: 'one',
}
const roleArgument: ArgumentSpec = { name: 'ROLE', about: roles.join(', '), count: 'one' }
const passwordOption: OptionSpec = {
  flags: '--password-file <file>',
  about: 'the password on the first line of it (- for input), instead of a question',
}

const list = serverCommand({
  name: 'list',
  summary: 'list the users',
  about: ['Lists the users of the account. `holdfast users` alone does the same.'],
  arguments: [],
  options: [],
  examples: [{ line: 'holdfast users', about: 'with role and second factor' }],
  exits: [],
  run: runList,
})

const add = serverCommand({
  name: 'add',
  summary: 'make a user',
  about: ['Makes a user. Nobody gives a role above the own one.'],
  arguments: [{ name: 'EMAIL', about: 'for signing in', count: 'one' }, roleArgument],
  options: [
    { flags: '--name <name>', about: 'of the person (default: the e-mail)' },
    passwordOption,
  ],
  examples: [
    { line: 'holdfast users add ann@example.com backupOperator', about: 'asks for a password' },
  ],
  exits: [],
  run: runAdd,
})

const role = serverCommand({
  name: 'role',
  summary: 'give a user another role',
  about: ['Changes the role of a user. The last owner stays one.'],
  arguments: [userArgument, roleArgument],
  options: [],
  examples: [{ line: 'holdfast users role ann@example.com auditor', about: 'from now on' }],
  exits: [],
  run: (remote, given) =>
    change(remote, given, { role: wordOf(given.argument('ROLE'), 'ROLE', roles) }),
})

const disable = serverCommand({
  name: 'disable',
  summary: 'let a user in no longer',
  about: ['Disables a user; what the user made stays.'],
  arguments: [userArgument],
  options: [],
  examples: [{ line: 'holdfast users disable ann@example.com', about: 'until `users enable`' }],
  exits: [],
  run: (remote, given) => change(remote, given, { status: 'DISABLED' }),
})

const enable = serverCommand({
  name: 'enable',
  summary: 'let a user in again',
  about: ['Enables a user.'],
  arguments: [userArgument],
  options: [],
  examples: [{ line: 'holdfast users enable ann@example.com', about: 'from now on' }],
  exits: [],
  run: (remote, given) => change(remote, given, { status: 'ACTIVE' }),
})

const resetFactor = serverCommand({
  name: 'reset-factor',
  summary: 'take away the second factor of a user who lost it',
  about: ['The user signs in with the password alone until a new second factor is set up.'],
  arguments: [userArgument],
  options: [yesOption],
  examples: [{ line: 'holdfast users reset-factor ann@example.com', about: 'asks first' }],
  exits: [],
  run: async (remote, given) => {
    const question = `Is it sure that ${printable(given.argument('USER'))} lost it? Go on?`
    await mustConfirm(remote.context, given, question)
    return await change(remote, given, { secondFactor: false })
  },
})

const password = serverCommand({
  name: 'password',
  summary: 'set a new password for a user',
  about: ['Sets a password for somebody else. All sign-ins and tokens of that user end.'],
  arguments: [userArgument],
  options: [passwordOption],
  examples: [{ line: 'holdfast users password ann@example.com', about: 'asks for it twice' }],
  exits: [],
  run: runPassword,
})

const remove = serverCommand({
  name: 'remove',
  summary: 'remove a user',
  about: ['Removes a user; what the user made stays.'],
  arguments: [userArgument],
  options: [yesOption],
  examples: [{ line: 'holdfast users remove ann@example.com', about: 'asks first' }],
  exits: [],
  run: runRemove,
})

export const users: CommandGroup = serverGroup({
  name: 'users',
  summary: 'the people of the account: list, add, role, password, remove',
  about: ['Who may sign in, and what they may do.'],
  commands: [list, add, role, password, disable, enable, resetFactor, remove],
})

const userSchema = routes.users.get.answer.schema

async function runList(remote: Remote): Promise<number> {
  await tellList(remote, {
    event: 'user',
    items: remote.api.list(routes.users.list, { query: { limit: 200, sort: 'email' } }),
    fields: (user) => wireFields(userSchema, user),
    none: 'There is no user.',
    columns: [
      { title: 'E-MAIL', show: ({ email }) => printable(email) },
      { title: 'NAME', show: ({ name }) => printable(name) },
      { title: 'ROLE', show: (user) => user.role },
      { title: 'STATUS', show: ({ status }) => status.toLowerCase() },
      { title: 'SECOND FACTOR', show: ({ secondFactor }) => yesNo(secondFactor) },
      { title: 'LAST SEEN', show: ({ lastSeenAt }) => shownTime(lastSeenAt) || 'never' },
      { title: 'ID', show: ({ userId }) => userId },
    ],
  })
  return 0
}

async function findUser(api: ApiClient, word: string): Promise<User> {
  return await findNamed(word, {
    kind: 'user',
    items: api.list(routes.users.list, { query: { limit: 200 } }),
    id: ({ userId }) => userId,
    names: ({ email, name }) => [email, name],
  })
}

async function runAdd({ api, context }: Remote, given: Given): Promise<number> {
  const email = given.argument('EMAIL')
  const user = await api.call(routes.users.create, {
    body: {
      email,
      name: given.text('name') ?? email.slice(0, 64),
      role: wordOf(given.argument('ROLE'), 'ROLE', roles),
      password: await newPassword(context, given),
    },
  })
  context.output.event('user', wireFields(userSchema, user))
  context.output.note(`${printable(user.email)} may sign in as ${user.role}.`)
  return 0
}

async function newPassword(context: Context, given: Given): Promise<string> {
  const path = given.text('passwordFile')
  if (path === '-') return await readInputLine(context)
  if (path !== undefined) return (await getFile(path)).toString('utf8').replace(/\r?\n[\s\S]*$/, '')
  if (context.machine.input.isTTY !== true)
    throw failure('choice.missing', {
      problem: 'There is no terminal to ask for the password',
      advice: 'Give --password-file.',
    })
  const first = await askSecret(context, 'New password: ')
  if (first === (await askSecret(context, 'The same again: '))) return first
  throw failure('usage.invalid', { problem: 'The two passwords differ' })
}

type UserChange = {
  readonly role?: Role
  readonly status?: User['status']
  readonly secondFactor?: false
}

async function change({ api, context }: Remote, given: Given, body: UserChange): Promise<number> {
  const { userId } = await findUser(api, given.argument('USER'))
  const user = await api.call(routes.users.update, { path: { userId }, body })
  context.output.event('user', wireFields(userSchema, user))
  context.output.note(
    `${printable(user.email)} is ${user.role}, ${user.status.toLowerCase()}, second factor: ${yesNo(user.secondFactor)}.`,
  )
  return 0
}

async function runPassword({ api, context }: Remote, given: Given): Promise<number> {
  const { userId, email } = await findUser(api, given.argument('USER'))
  const body = { password: await newPassword(context, given) }
  await api.call(routes.users.setPassword, { path: { userId }, body })
  context.output.event('password-set', { userId })
  context.output.note(`${printable(email)} has a new password; all sign-ins and tokens ended.`)
  return 0
}

async function runRemove({ api, context }: Remote, given: Given): Promise<number> {
  const { userId, email } = await findUser(api, given.argument('USER'))
  await mustConfirm(context, given, `${printable(email)} will not get in any more. Go on?`)
  await api.call(routes.users.remove, { path: { userId } })
  context.output.event('removed', { userId })
  context.output.note(`Removed ${printable(email)}.`)
  return 0
}
