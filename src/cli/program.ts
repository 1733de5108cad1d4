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
import { commonOptions, settingsOf, vaultOptions } from './settings.ts'

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
  const program = await buildProgram(call, { words, run, occurrences })
  try {
    await program.parseAsync(words, { from: 'user' })
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
  readonly words: readonly string[]
  readonly run: (command: Command) => (parser: Parser) => Promise<void>
  readonly occurrences: Occurrence[]
}

async function buildProgram(call: Call, plan: Plan): Promise<Parser> {
  const named = findNamed(plan.words)
  const program = new Parser('holdfast')
  configure(program, call)
  program.version(
    `holdfast ${call.machine.version}`,
    '-V, --version',
    'the version of this program',
  )
  program.helpOption('-h, --help', 'this help')
  program.helpCommand('help [command]', 'help of a command')
  addOptions(program, [...vaultOptions, ...commonOptions], plan)
  program.helpInformation = () => programHelp(call.machine.version)
  for (const entry of commandEntries) {
    const parser = program.command(entry.name).summary(entry.summary)
    configure(parser, call)
    if (entry === named) fill(parser, await entry.load(), { call, plan })
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
  addOptions(parser, [...command.options, ...vaultOptions, ...commonOptions], plan)
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
function findNamed(words: readonly string[]): CommandEntry | undefined {
  const takesValue = new Set(
    vaultOptions.flatMap(({ flags }) => (flags.includes('<') ? [flags.split(' ')[0]] : [])),
  )
  for (const [i, word] of words.entries()) {
    if (word.startsWith('-') || takesValue.has(words[i - 1]) || word === 'help') continue
    return commandEntries.find(({ name }) => name === word)
  }
  return undefined
}
