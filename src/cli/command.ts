/** What a command is: the words of its help and docs page, and what it does. One file each in commands/. */
import { assert, failure } from '#base'
import type { Machine } from './machine.ts'
import type { Output } from './output.ts'
import type { Settings } from './settings.ts'

export type ArgumentSpec = {
  /** In capitals, as help shows it. */
  readonly name: string
  readonly about: string
  readonly count: 'one' | 'optional' | 'some' | 'any'
}

export type OptionSpec = {
  /** As commander has it: `-l, --long`, `--tag <name>`. */
  readonly flags: string
  readonly about: string
  /** May be given several times. */
  readonly many?: true
  readonly choices?: readonly string[]
}

export type Example = { readonly line: string; readonly about: string }

export type CommandText = {
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
}

export type Command = CommandText & {
  /** Paragraphs. */
  readonly about: readonly string[]
  readonly arguments: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  readonly examples: readonly Example[]
  /** Exit codes beyond 0 and 1 that a script should expect. */
  readonly exits: readonly number[]
  /** Absent: it works on a vault. */
  readonly speaksTo?: 'server' | 'nobody'
  readonly run: (context: Context, given: Given) => Promise<number>
}

/** A command that only holds others, as `holdfast key`. */
export type CommandGroup = CommandText & {
  readonly about: readonly string[]
  readonly commands: readonly Command[]
  readonly speaksTo?: 'server' | 'nobody'
  /** The one that runs when none is named: `holdfast instances` is `holdfast instances list`. */
  readonly bare?: string
}

/** A row of the table. */
export type CommandEntry = CommandText & {
  /** Heading in the help. */
  readonly group: string
  readonly load: () => Promise<Command | CommandGroup>
}

export type Context = {
  readonly machine: Machine
  readonly settings: Settings
  readonly output: Output
  readonly signal: AbortSignal
}

export function isGroup(command: Command | CommandGroup): command is CommandGroup {
  return 'commands' in command
}

/** One use of an option that may be repeated. */
export type Occurrence = { readonly name: string; readonly value: string }

/** What was given, in the order of the words. */
export type Words = {
  readonly arguments: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly occurrences: readonly Occurrence[]
}

/** Arguments and options of one call, as text; commands turn them into types. */
export class Given {
  readonly #arguments: ReadonlyMap<string, readonly string[]>
  readonly #options: Readonly<Record<string, unknown>>
  readonly #occurrences: readonly Occurrence[]

  constructor(specs: readonly ArgumentSpec[], given: Words) {
    const words = given.arguments
    this.#arguments = new Map(
      specs.map(({ name, count }, i) => {
        const isLast = count === 'some' || count === 'any'
        return [name, isLast ? words.slice(i) : words.slice(i, i + 1)]
      }),
    )
    this.#options = given.options
    this.#occurrences = given.occurrences
  }

  argument(name: string): string {
    const value = this.findArgument(name)
    if (value === undefined) throw failure('usage.invalid', { problem: `${name} is missing` })
    return value
  }

  findArgument(name: string): string | undefined {
    return this.arguments(name)[0]
  }

  arguments(name: string): readonly string[] {
    const values = this.#arguments.get(name)
    assert(values !== undefined, `the command declares the argument ${name}`)
    return values
  }

  flag(name: string): boolean {
    return this.#options[name] === true
  }

  /** `--no-name` was given. */
  isRefused(name: string): boolean {
    return this.#options[name] === false
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): readonly string[] {
    return this.occurrences([name]).map(({ value }) => value)
  }

  /** Several options whose order among one another matters. */
  occurrences(names: readonly string[]): readonly Occurrence[] {
    return this.#occurrences.filter(({ name }) => names.includes(name))
  }
}
