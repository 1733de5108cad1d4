/**
 * `holdfast completion SHELL`: a short script for the shell, which asks this program for the words; so what is offered is
 * always what this version takes, with the vaults of the config file and the points of the vault.
 */
import { failure } from '#base'
import {
  type Command,
  type CommandEntry,
  type CommandGroup,
  type Context,
  type Given,
  isGroup,
} from '../command.ts'
import { readConfig } from '../config-file.ts'
import { pointWordsOf } from '../point-words.ts'
import { sharedOptions } from '../settings.ts'
import { viewVault } from '../vault-view.ts'

const bash = `# holdfast completion bash > /etc/bash_completion.d/holdfast
_holdfast() {
  local IFS=$'\\n' found
  found=$(holdfast completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" </dev/null 2>/dev/null)
  if [ "$found" = :files ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -F _holdfast holdfast`

const zsh = `#compdef holdfast
# holdfast completion zsh > "\${fpath[1]}/_holdfast"
_holdfast() {
  local -a found
  found=("\${(@f)$(holdfast completion words -- "\${(@)words[2,CURRENT]}" </dev/null 2>/dev/null)}")
  if [[ "$found" == :files ]]; then _files; else compadd -a found; fi
}
compdef _holdfast holdfast`

const fish = `# holdfast completion fish > ~/.config/fish/completions/holdfast.fish
function __holdfast_words
  set -l found (holdfast completion words -- (commandline -opc)[2..] (commandline -ct) </dev/null 2>/dev/null)
  if test "$found" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c holdfast -f -a '(__holdfast_words)'`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }
const files = [':files']

/** @param entries the table of commands, this one among them */
export function completionOf(entries: readonly CommandEntry[]): Command {
  return { ...completion, run: (context, given) => run(context, given, entries) }
}

const completion: Omit<Command, 'run'> = {
  name: 'completion',
  summary: 'completion of commands, vaults and points for a shell',
  about: [
    'Prints a script that makes the shell complete commands, options, vaults of the config file and, where the vault opens without a question, points.',
  ],
  arguments: [
    { name: 'SHELL', about: 'bash, zsh or fish', count: 'one' },
    { name: 'WORDS', about: 'what is typed so far (used by the script)', count: 'any' },
  ],
  options: [],
  examples: [
    { line: 'source <(holdfast completion bash)', about: 'for this shell' },
    {
      line: 'holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
      about: 'for good',
    },
  ],
  exits: [],
}

async function run(
  context: Context,
  given: Given,
  entries: readonly CommandEntry[],
): Promise<number> {
  const shell = given.argument('SHELL')
  if (shell === 'words') {
    const words = await complete(context, given.arguments('WORDS'), entries)
    for (const word of words) context.output.line(word)
    return 0
  }
  const script = scripts[shell]
  if (script === undefined)
    throw failure('usage.invalid', { problem: 'The shells are bash, zsh and fish' })
  context.output.line(script)
  return 0
}

/** What may stand in the place of the last word. */
async function complete(
  context: Context,
  words: readonly string[],
  entries: readonly CommandEntry[],
): Promise<readonly string[]> {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const path = await findCommand(before, entries)
  const command = path.command
  const specs = [
    ...(command === undefined || isGroup(command) ? [] : command.options),
    ...sharedOptions(command ?? {}),
  ]
  const previous = before.at(-1)
  const option = specs.find(
    ({ flags }) => flags.includes('<') && namesOf(flags).includes(previous ?? ''),
  )
  if (option !== undefined) {
    if (option.choices !== undefined) return option.choices
    if (option.flags.startsWith('--vault')) return await vaultWords(context)
    return /<(?:file|dir|folder)>/.test(option.flags) ? files : []
  }
  if (last.startsWith('-')) return specs.flatMap(({ flags }) => namesOf(flags))
  if (command === undefined) return path.names
  if (isGroup(command)) return command.commands.map(({ name }) => name)
  const argument = command.arguments[Math.min(path.taken, command.arguments.length - 1)]
  if (argument === undefined) return []
  if (argument.name === 'SHELL') return Object.keys(scripts)
  return argument.name.startsWith('POINT') ? await pointWords(context) : files
}

type Place = {
  readonly command: Command | CommandGroup | undefined
  /** Arguments that stand there already. */
  readonly taken: number
  /** Names of commands. */
  readonly names: readonly string[]
}

async function findCommand(
  words: readonly string[],
  entries: readonly CommandEntry[],
): Promise<Place> {
  const names = entries.map(({ name }) => name)
  const plain = words.filter((word) => !word.startsWith('-'))
  const [first, second] = plain
  const entry = entries.find(({ name }) => name === first)
  const command = await entry?.load()
  if (command === undefined || !isGroup(command)) return { command, taken: plain.length - 1, names }
  const child = command.commands.find(({ name }) => name === second)
  return { command: child ?? command, taken: plain.length - (child === undefined ? 1 : 2), names }
}

function namesOf(flags: string): readonly string[] {
  return flags.split(/[ ,]+/).filter((word) => word.startsWith('-'))
}

async function vaultWords({ machine }: Context): Promise<readonly string[]> {
  const { vaults } = await readConfig(machine)
  return vaults.size === 0 ? files : [...vaults.keys()]
}

async function pointWords(context: Context): Promise<readonly string[]> {
  await using view = await viewVault(context)
  return pointWordsOf(view.points)
}
