/**
 * What the user opens the vault with. Options come first, then what the config file says of the vault by this name, then
 * the environment, which knows no vault; a question on the terminal comes last. A secret is never part of the command line.
 */
import { failure, isFailure } from '#base'
import { type Cipher, type Credential, decodeKeyFile, parseRecoveryKey } from '#engine'
import type { Context } from './command.ts'
import type { NamedVault } from './config-file.ts'
import { findExposure, getFile } from './files.ts'
import { askSecret, readInputLine } from './terminal.ts'

const passphraseCharactersMin = 8
const configFile = 'the config file, for this vault'

type SecretSource =
  | {
      readonly kind: 'key-file' | 'passphrase-file' | 'recovery-file'
      readonly path: string
      /** Who named it, for an error to say. */
      readonly origin: string
    }
  | { readonly kind: 'environment'; readonly passphrase: string }
  | { readonly kind: 'terminal' }

export async function readCredential(
  context: Context,
  cipher: Cipher,
  named: NamedVault | undefined,
): Promise<Credential> {
  return await readSource(context, cipher, chooseSource(context, named))
}

/** Which key it was, where a wrong one would otherwise be any of several: ` /root/key, named by HOLDFAST_KEY_FILE`. */
export function describeSource(context: Context, named: NamedVault | undefined): string {
  const source = chooseSource(context, named)
  if (source.kind === 'terminal') return ''
  if (source.kind === 'environment') return ' in HOLDFAST_PASSPHRASE'
  return ` ${source.path}, named by ${source.origin}`
}

/** @throws key.missing when there is nothing to read from and nobody to ask */
export function chooseSource(context: Context, named: NamedVault | undefined): SecretSource {
  const { settings, machine } = context
  const variable = (name: string) => {
    const value = machine.environment[name]
    return value === '' ? undefined : value
  }
  const files = [
    ['recovery-file', settings.recoveryKeyFile, '--recovery-key-file'],
    ['key-file', settings.keyFile, '--key-file'],
    ['passphrase-file', settings.passphraseFile, '--passphrase-file'],
    ['key-file', named?.keyFile, configFile],
    ['passphrase-file', named?.passphraseFile, configFile],
    ['key-file', variable('HOLDFAST_KEY_FILE'), 'HOLDFAST_KEY_FILE'],
    ['passphrase-file', variable('HOLDFAST_PASSPHRASE_FILE'), 'HOLDFAST_PASSPHRASE_FILE'],
  ] as const
  for (const [kind, path, origin] of files) if (path !== undefined) return { kind, path, origin }
  const passphrase = variable('HOLDFAST_PASSPHRASE')
  if (passphrase !== undefined) return { kind: 'environment', passphrase }
  if (machine.input.isTTY === true) return { kind: 'terminal' }
  throw failure('key.missing')
}

export async function readSource(
  context: Context,
  cipher: Cipher,
  source: SecretSource,
): Promise<Credential> {
  switch (source.kind) {
    case 'key-file':
      await warnIfExposed(context, source.path)
      return { kind: 'key-file', secret: decodeKeyFile(cipher, await getSecret(source)) }
    case 'recovery-file': {
      const text = await readSecretLine(context, source)
      return { kind: 'recovery', secret: parseRecoveryKey(text) }
    }
    case 'passphrase-file':
      return { kind: 'passphrase', passphrase: await readSecretLine(context, source) }
    case 'environment':
      return { kind: 'passphrase', passphrase: source.passphrase }
    case 'terminal':
      return {
        kind: 'passphrase',
        passphrase: await askSecret(context, 'Passphrase of the vault: '),
      }
  }
}

/** A new passphrase is asked for twice; from a file or the environment it is taken as it is. */
export async function readNewCredential(
  context: Context,
  cipher: Cipher,
  source: SecretSource,
): Promise<Credential> {
  if (source.kind !== 'terminal') return strong(await readSource(context, cipher, source))
  const passphrase = await askSecret(context, 'New passphrase: ')
  const again = await askSecret(context, 'The same again: ')
  if (passphrase === again) return strong({ kind: 'passphrase', passphrase })
  throw failure('usage.invalid', { problem: 'The two passphrases differ' })
}

/** @throws key.weak */
function strong(credential: Credential): Credential {
  if (credential.kind !== 'passphrase') return credential
  const { length } = Array.from(credential.passphrase)
  if (length >= passphraseCharactersMin) return credential
  throw failure('key.weak', { length, min: passphraseCharactersMin })
}

type SecretFile = Extract<SecretSource, { readonly path: string }>

async function readSecretLine(context: Context, source: SecretFile): Promise<string> {
  if (source.path === '-') return await readInputLine(context)
  await warnIfExposed(context, source.path)
  const text = (await getSecret(source)).toString('utf8')
  return text.replace(/\r?\n[\s\S]*$/, '')
}

const secretWords: Readonly<Record<SecretFile['kind'], string>> = {
  'key-file': 'key file',
  'passphrase-file': 'passphrase file',
  'recovery-file': 'recovery key file',
}

/** @throws key.unreadable */
async function getSecret({ kind, path, origin }: SecretFile): Promise<Buffer> {
  try {
    return await getFile(path)
  } catch (problem) {
    if (!isFailure(problem, 'file.unusable')) throw problem
    const { problem: reason = '' } = problem.context
    const what = secretWords[kind]
    throw failure('key.unreadable', { what, path, origin, problem: reason }, problem)
  }
}

async function warnIfExposed(context: Context, path: string): Promise<void> {
  const exposure = await findExposure(path)
  if (exposure !== undefined) context.output.warning(exposure)
}
