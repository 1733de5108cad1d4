/** `holdfast api`: any route of the API by its name, for what has no command of its own. */
import { failure } from '#base'
import { type NamedRoute, pathNames, type RouteSpec, routeList } from '#contract'
import type { Context, Given } from '../../command.ts'
import { getFile } from '../../files.ts'
import { type JsonValue, jsonLine } from '../../printable.ts'
import { writeStream } from '../../remote/report-lists.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const routeCalls = routeList.filter(({ route }) => isForPeople(route))

export const api = serverCommand({
  name: 'api',
  summary: 'call any route of the API by its name',
  about: [
    'Calls a route as docs/api/openapi.json names it, such as `policies.list`, and prints what comes back: JSON, one object per line for a list. Parts of the path and of the query are given as key=value, a list by several of them; a body as JSON by --body. Without a route: all of them.',
  ],
  arguments: [
    { name: 'ROUTE', about: 'as `plans.get`', count: 'optional' },
    { name: 'KEY=VALUE', about: 'of the path or the query', count: 'any' },
  ],
  options: [{ flags: '--body <file>', about: 'a file with the JSON of the body (- for input)' }],
  examples: [
    { line: 'holdfast api', about: 'the routes that there are' },
    { line: 'holdfast api policies.list | jq .name', about: 'without a command of its own' },
    { line: 'holdfast api policies.create --body policy.json', about: 'with a body' },
  ],
  exits: [],
  run,
})

/** Routes of agents take no token; those without a scope take none either. */
function isForPeople({ class: { callers, scope } }: RouteSpec): boolean {
  return (scope !== undefined && !callers.includes('agent')) || callers.includes('public')
}

async function run(remote: Remote, given: Given): Promise<number> {
  const { output } = remote.context
  const name = given.findArgument('ROUTE')
  if (name !== undefined) return await call(remote, given, routeNamed(name))
  const width = Math.max(...routeCalls.map((one) => one.name.length))
  for (const one of routeCalls) {
    const { method, path, summary } = one.route
    output.event('route', { name: one.name, method, path, summary })
    output.line(`${one.name.padEnd(width)}  ${summary}`)
  }
  return 0
}

function routeNamed(name: string): NamedRoute {
  const found = routeCalls.find((one) => one.name === name)
  if (found !== undefined) return found
  throw failure('name.unknown', { kind: 'route', name, near: '; `holdfast api` lists them' })
}

async function call(remote: Remote, given: Given, { name, route }: NamedRoute): Promise<number> {
  const { context } = remote
  const { output } = context
  const input = { ...readPairs(given, route), ...(await readBody(context, given, route)) }
  const tell = async (fields: { readonly [key: string]: JsonValue }) => {
    // The result itself: it is JSON for people and programs alike.
    if (output.settings.json) output.event(name, fields)
    else output.line(jsonLine(fields))
    if (output.isFull) await output.drain()
  }
  const { answer } = route
  switch (answer.kind) {
    case 'page':
      for await (const item of remote.api.list({ ...route, answer }, input))
        await tell(wireFields(answer.item, item))
      return 0
    case 'json':
      await tell(wireFields(answer.schema, await remote.api.call({ ...route, answer }, input)))
      return 0
    case 'empty':
      await remote.api.call(route, input)
      return 0
    case 'text':
    case 'bytes':
      await writeStream(context, await remote.api.stream({ ...route, answer }, input))
      return 0
    case 'events':
      for await (const event of remote.api.events({ ...route, answer }, input))
        await tell(wireFields(answer.schema, event))
      return 0
  }
}

type Pairs = {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
}

function readPairs(given: Given, route: RouteSpec): Pairs {
  const names: readonly string[] = pathNames(route.path)
  const path: Record<string, string> = {}
  const query: Record<string, string[]> = {}
  for (const word of given.arguments('KEY=VALUE')) {
    const at = word.indexOf('=')
    if (at <= 0) throw failure('usage.invalid', { problem: `"${word}" is no KEY=VALUE` })
    const [key, value] = [word.slice(0, at), word.slice(at + 1)]
    if (names.includes(key)) path[key] = value
    else query[key] = [...(query[key] ?? []), value]
  }
  const missing = names.find((key) => path[key] === undefined)
  if (missing !== undefined)
    throw failure('usage.invalid', { problem: `The path ${route.path} needs ${missing}=…` })
  return { path, query }
}

async function readBody(
  context: Context,
  given: Given,
  route: RouteSpec,
): Promise<{ readonly body?: unknown }> {
  const file = given.text('body')
  if (file === undefined && route.body === undefined) return {}
  if (file === undefined)
    throw failure('usage.invalid', { problem: 'This route takes a body: --body FILE' })
  const text = file === '-' ? await readAll(context) : (await getFile(file)).toString('utf8')
  try {
    return { body: JSON.parse(text) }
  } catch (problem) {
    throw failure('usage.invalid', { problem: `The body is no JSON (${String(problem)})` }, problem)
  }
}

async function readAll({ machine }: Context): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of machine.input) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString('utf8')
}
