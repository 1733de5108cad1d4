/** Help on the terminal, from the same table as the pages in docs/commands. */
import { catalogue } from '#base'
import type { ArgumentSpec, Command, CommandGroup, OptionSpec } from './command.ts'
import { isGroup } from './command.ts'
import { commandEntries } from './commands.ts'
import { commonOptions, serverOptions, sharedOptions, vaultOptions } from './settings.ts'

const columnsMax = 92

/** What scripts may rely on; the catalogue of errors says which error has which code. */
export const exitCodes: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed; the message says what to do',
  3: 'done, but some files are missing or inconsistent (they are listed)',
  4: 'what was asked for was not done for all of them, or the job that was waited for did not complete',
  10: 'there is no vault there',
  11: 'the vault is in use by another job',
  12: 'wrong or missing key',
  13: 'the control server does not answer, or is not the one that is trusted',
  14: 'not signed in at the control server, or not allowed to do this there',
  130: 'interrupted; the vault is clean',
}

export function programHelp(version: string): string {
  const groups = [...new Set(commandEntries.map(({ group }) => group))]
  const width = Math.max(...commandEntries.map(({ name }) => name.length))
  const sections = groups.map((group) => {
    const lines = commandEntries
      .filter((entry) => entry.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
    return [`${group}:`, ...lines].join('\n')
  })
  return `Holdfast ${version}: encrypted, deduplicated, locked backups of files.

Usage: holdfast COMMAND …

${sections.join('\n\n')}

Options of commands on a vault:
${renderOptions(vaultOptions)}

Options of commands through a control server:
${renderOptions(serverOptions)}

Options of every command:
${renderOptions(commonOptions)}

Environment: HOLDFAST_VAULT, HOLDFAST_KEY_FILE, HOLDFAST_PASSPHRASE_FILE, HOLDFAST_PASSPHRASE,
HOLDFAST_SERVER, HOLDFAST_TOKEN, HOLDFAST_FINGERPRINT, HOLDFAST_CONFIG. Vaults get names in the
config file, see docs/commands/README.md.

Exit codes:
${renderExits(Object.keys(exitCodes).map(Number))}

holdfast COMMAND --help has more, with examples.
`
}

/** @param parents the words before the name, as `key ` for `key add` */
export function helpOf(command: Command | CommandGroup, parents: string): string {
  const sections = [`Usage: ${usageOf(command, parents)}`, ...command.about.map(wrap)]
  if (isGroup(command)) {
    const width = Math.max(...command.commands.map(({ name }) => name.length))
    const lines = command.commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
    sections.push(['Commands:', ...lines].join('\n'))
    return `${sections.join('\n\n')}\n`
  }
  if (command.arguments.length > 0)
    sections.push(['Arguments:', renderArguments(command.arguments)].join('\n'))
  if (command.options.length > 0)
    sections.push(['Options:', renderOptions(command.options)].join('\n'))
  sections.push(
    ['Options of every such command:', renderOptions(sharedOptions(command))].join('\n'),
  )
  const examples = command.examples.map(({ line, about }) => `  # ${about}\n  ${line}`)
  if (examples.length > 0) sections.push(['Examples:', ...examples].join('\n'))
  sections.push(['Exit codes:', renderExits(exitsOf(command))].join('\n'))
  return `${sections.join('\n\n')}\n`
}

export function usageOf(command: Command | CommandGroup, parents: string): string {
  const name = `holdfast ${parents}${command.name}`
  if (isGroup(command)) return `${name} COMMAND …`
  const words = command.arguments.map(usageWord)
  return [name, ...words, '[options]'].join(' ')
}

export function exitsOf(command: Command): readonly number[] {
  return [...new Set([0, 1, ...command.exits, catalogue['job.aborted'].exit])].sort((a, b) => a - b)
}

function usageWord({ name, count }: ArgumentSpec): string {
  const word = count === 'some' || count === 'any' ? `${name}…` : name
  return count === 'optional' || count === 'any' ? `[${word}]` : word
}

function renderArguments(specs: readonly ArgumentSpec[]): string {
  const width = Math.max(...specs.map(({ name }) => name.length))
  return specs.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')
}

function renderOptions(specs: readonly OptionSpec[]): string {
  const width = Math.max(...specs.map(({ flags }) => flags.length))
  return specs.map((spec) => `  ${spec.flags.padEnd(width)}  ${optionText(spec)}`).join('\n')
}

export function optionText({ about, many, choices }: OptionSpec): string {
  const notes = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(many === true ? ['may be repeated'] : []),
  ]
  return notes.length === 0 ? about : `${about} (${notes.join('; ')})`
}

function renderExits(codes: readonly number[]): string {
  return codes.map((code) => `  ${String(code).padStart(3)}  ${exitCodes[code] ?? ''}`).join('\n')
}

function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columnsMax) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
