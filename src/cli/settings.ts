/** Options that every command takes. */
import { unreachable } from '#base'
import type { OptionSpec } from './command.ts'
import type { Machine } from './machine.ts'

export type Settings = {
  readonly vault: string | undefined
  readonly passphraseFile: string | undefined
  readonly keyFile: string | undefined
  readonly recoveryKeyFile: string | undefined
  /** How long for a vault in use. */
  readonly wait: string | undefined
  /** A control server, by its name in the list of servers or its address. */
  readonly server: string | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
}

export const vaultOptions: readonly OptionSpec[] = [
  { flags: '--vault <name|dir>', about: 'the vault: a name of the config file, or its folder' },
  {
    flags: '--passphrase-file <file>',
    about: 'opens the vault with the passphrase on the first line of this file (- for input)',
  },
  { flags: '--key-file <file>', about: 'opens the vault with this key file' },
  {
    flags: '--recovery-key-file <file>',
    about: 'opens the vault with the recovery key in this file (- for input)',
  },
  { flags: '--wait <time>', about: 'waits so long for a vault in use (30min, 12h; default 0s)' },
]

/** Instead of `vaultOptions`, where a command speaks to a control server. */
export const serverOptions: readonly OptionSpec[] = [
  {
    flags: '--server <name>',
    about: 'the control server: a name that `holdfast login` gave it, or its https address',
  },
]

export const commonOptions: readonly OptionSpec[] = [
  { flags: '--json', about: 'one JSON object per line, each with "event"' },
  { flags: '--quiet', about: 'only results and errors' },
  { flags: '--verbose', about: 'more detail; stacks of unexpected errors' },
  { flags: '--no-color', about: 'no colours' },
]

/** What every command of this kind takes. */
export function sharedOptions({
  speaksTo,
}: {
  readonly speaksTo?: 'server' | 'nobody'
}): readonly OptionSpec[] {
  switch (speaksTo) {
    case undefined:
      return [...vaultOptions, ...commonOptions]
    case 'server':
      return [...serverOptions, ...commonOptions]
    case 'nobody':
      return commonOptions
    default:
      return unreachable(speaksTo)
  }
}

export function settingsOf(
  options: Readonly<Record<string, unknown>>,
  environment: Machine['environment'],
): Settings {
  const text = (key: string) => {
    const value = options[key]
    return typeof value === 'string' ? value : undefined
  }
  return {
    vault: text('vault'),
    passphraseFile: text('passphraseFile'),
    keyFile: text('keyFile'),
    recoveryKeyFile: text('recoveryKeyFile'),
    wait: text('wait'),
    server: text('server'),
    json: options['json'] === true,
    quiet: options['quiet'] === true,
    verbose: options['verbose'] === true,
    color: options['color'] !== false && (environment['NO_COLOR'] ?? '') === '',
  }
}

/** Before the words are parsed, an error already has to know how it is to be told. */
export function roughSettings(
  words: readonly string[],
  environment: Machine['environment'],
): Settings {
  const end = words.indexOf('--')
  const options = new Set(end < 0 ? words : words.slice(0, end))
  const json = options.has('--json')
  const verbose = options.has('--verbose')
  return settingsOf(
    { json, verbose, quiet: options.has('--quiet'), color: !options.has('--no-color') },
    environment,
  )
}
