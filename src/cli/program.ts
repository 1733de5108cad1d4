/** The command line as commander reads it, built from the table. Only the command that was named is loaded. */
import { CommanderError, Option, Command as Parser } from 'commander'
import { failure } from '#base'
import {
  type Command,
  type CommandEntry,
  type CommandGroup,
  type Context,
  Given,
  isGroup,
  type Occurrence,
  type OptionSpec,
} from './command.ts'
import { commandEntries } from './commands.ts'
import { helpOf, programHelp } from './help-text.ts'
import { serverOptions, settingsOf, sharedOptions, vaultOptions } from './settings.ts'

type Call = Omit<Context, 'settings'>

/** @throws usage.invalid, and whatever the command throws */
export async function runProgram(call: Call, words: readonly string[]): Promise<number> {
  let exit = 0
  const occurrences: Occurrence[] = []
  const run = (command: Command) => async (parser: Parser) => {
    const options = parser.optsWithGlobals()
    const settings = settingsOf(options, call.machine.environment)
    call.output.settings = settings
    const given = new Given(command.arguments, { arguments: parser.args, options, occurrences })
    exit = await command.run({ ...call, settings }, given)
  }
  const named = findNamed(words)
  const command = await named?.entry.load()
  const complete = named === undefined ? words : withBare(words, named.at, command)
  const program = buildProgram(call, { named: named?.entry, command, run, occurrences })
  try {
    await program.parseAsync(complete, { from: 'user' })
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem
    if (problem.exitCode === 0) return 0
    if (problem.code === 'commander.help' && words.length === 0) return 1
    const text = problem.message.replace(/^error: /, '').replaceAll('\n', ' ')
    throw failure('usage.invalid', { problem: text || 'the command line is not right' }, problem)
  }
  return exit
}

type Plan = {
  readonly named: CommandEntry | undefined
  readonly command: Command | CommandGroup | undefined
  readonly run: (command: Command) => (parser: Parser) => Promise<void>
  readonly occurrences: Occurrence[]
}

function buildProgram(call: Call, plan: Plan): Parser {
  const { named, command } = plan
  const program = new Parser('holdfast')
  configure(program, call)
  program.version(
    `holdfast ${call.machine.version}`,
    '-V, --version',
    'the version of this program',
  )
  program.helpOption('-h, --help', 'this help')
  program.helpCommand('help [command]', 'help of a command')
  addOptions(program, sharedOptions(command ?? {}), plan)
  program.helpInformation = () => programHelp(call.machine.version)
  for (const entry of commandEntries) {
    const parser = program.command(entry.name).summary(entry.summary)
    configure(parser, call)
    if (entry === named && command !== undefined) fill(parser, command, { call, plan })
  }
  return program
}

function fill(
  parser: Parser,
  command: Command | CommandGroup,
  { call, plan }: { readonly call: Call; readonly plan: Plan },
  parents = '',
): void {
  parser.helpOption('-h, --help', 'this help')
  parser.helpInformation = () => helpOf(command, parents)
  if (isGroup(command)) {
    for (const child of command.commands) {
      const childParser = parser.command(child.name).summary(child.summary)
      configure(childParser, call)
      fill(childParser, child, { call, plan }, `${parents}${command.name} `)
    }
    parser.allowExcessArguments(true)
    parser.action(() => {
      throw withoutCommand(command, parents, parser.args[0])
    })
    return
  }
  for (const { name, count } of command.arguments) parser.argument(argumentText(name, count))
  addOptions(parser, [...command.options, ...sharedOptions(command)], plan)
  parser.action(() => plan.run(command)(parser))
}

function withoutCommand(group: CommandGroup, parents: string, given: string | undefined): Error {
  const names = group.commands.map(({ name }) => name)
  const said = given === undefined ? '' : `There is no \`${parents}${group.name} ${given}\`. `
  const problem = `${said}Say which: holdfast ${parents}${group.name} ${names.join(' | ')}`
  return failure('usage.invalid', { problem })
}

function configure(parser: Parser, { machine }: Call): void {
  parser.exitOverride()
  parser.configureOutput({
    writeOut: (text) => machine.output.write(text),
    writeErr: (text) => machine.errors.write(text),
    // It comes back as an error, which is told as every other.
    outputError: () => undefined,
  })
  parser.showSuggestionAfterError()
}

function addOptions(parser: Parser, specs: readonly OptionSpec[], { occurrences }: Plan): void {
  for (const { flags, about, many, choices } of specs) {
    const option = new Option(flags, about)
    if (choices !== undefined) option.choices(choices)
    // Collected by hand: commander's own variadic options would swallow the arguments after them.
    if (many === true)
      option.argParser((value: string) => {
        occurrences.push({ name: option.attributeName(), value })
      })
    parser.addOption(option)
  }
}

export function argumentText(name: string, count: Command['arguments'][number]['count']): string {
  switch (count) {
    case 'one':
      return `<${name}>`
    case 'optional':
      return `[${name}]`
    case 'some':
      return `<${name}...>`
    case 'any':
      return `[${name}...]`
  }
}

/** The command that the words name, past options and their values; for `help X`, X. */
function findNamed(
  words: readonly string[],
): { readonly entry: CommandEntry; readonly at: number } | undefined {
  const at = findOperand(words, [...vaultOptions, ...serverOptions], (word) => word !== 'help')
  const entry = commandEntries.find(({ name }) => name === words[at])
  return entry && { entry, at }
}

/** Names the command of a group that is meant when none is named. */
function withBare(
  words: readonly string[],
  at: number,
  group: Command | CommandGroup | undefined,
): readonly string[] {
  if (group === undefined || !isGroup(group) || group.bare === undefined) return words
  const rest = words.slice(at + 1)
  const bare = group.commands.find(({ name }) => name === group.bare)
  const options = [...(bare?.options ?? []), ...sharedOptions(group)]
  const isAsking = rest.some((word) => word === '--help' || word === '-h')
  if (isAsking || words.slice(0, at).includes('help')) return words
  if (findOperand(rest, options, () => true) >= 0) return words
  return [...words.slice(0, at + 1), group.bare, ...rest]
}

/** Where the first word is that is neither an option nor the value of one; -1: nowhere. */
function findOperand(
  words: readonly string[],
  options: readonly OptionSpec[],
  isMeant: (word: string) => boolean,
): number {
  const takesValue = new Set(
    options.flatMap(({ flags }) => (flags.includes('<') ? flags.split(/[ ,]+/).slice(0, -1) : [])),
  )
  return words.findIndex(
    (word, i) => !word.startsWith('-') && !takesValue.has(words[i - 1] ?? '') && isMeant(word),
  )
}
