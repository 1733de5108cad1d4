/**
 * What the user opens the vault with. Options come before the environment, the environment before the config file, and a
 * question on the terminal comes last; a secret is never part of the command line.
 */
import { failure } from '#base'
import { type Cipher, type Credential, decodeKeyFile, parseRecoveryKey } from '#engine'
import type { Context } from './command.ts'
import type { NamedVault } from './config-file.ts'
import { findExposure, getFile } from './files.ts'
import { askSecret, readInputLine } from './terminal.ts'

const passphraseCharactersMin = 8

type SecretSource =
  | { readonly kind: 'key-file' | 'passphrase-file' | 'recovery-file'; readonly path: string }
  | { readonly kind: 'environment'; readonly passphrase: string }
  | { readonly kind: 'terminal' }

export async function readCredential(
  context: Context,
  cipher: Cipher,
  named: NamedVault | undefined,
): Promise<Credential> {
  return await readSource(context, cipher, chooseSource(context, named))
}

/** @throws key.missing when there is nothing to read from and nobody to ask */
export function chooseSource(context: Context, named: NamedVault | undefined): SecretSource {
  const { settings, machine } = context
  const variable = (name: string) => {
    const value = machine.environment[name]
    return value === '' ? undefined : value
  }
  const files = [
    ['recovery-file', settings.recoveryKeyFile],
    ['key-file', settings.keyFile],
    ['passphrase-file', settings.passphraseFile],
    ['key-file', variable('HOLDFAST_KEY_FILE')],
    ['passphrase-file', variable('HOLDFAST_PASSPHRASE_FILE')],
  ] as const
  for (const [kind, path] of files) if (path !== undefined) return { kind, path }
  const passphrase = variable('HOLDFAST_PASSPHRASE')
  if (passphrase !== undefined) return { kind: 'environment', passphrase }
  if (named?.keyFile !== undefined) return { kind: 'key-file', path: named.keyFile }
  if (named?.passphraseFile !== undefined)
    return { kind: 'passphrase-file', path: named.passphraseFile }
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
      return { kind: 'key-file', secret: decodeKeyFile(cipher, await getFile(source.path)) }
    case 'recovery-file': {
      const text = await readSecretLine(context, source.path)
      return { kind: 'recovery', secret: parseRecoveryKey(text) }
    }
    case 'passphrase-file':
      return { kind: 'passphrase', passphrase: await readSecretLine(context, source.path) }
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

async function readSecretLine(context: Context, path: string): Promise<string> {
  if (path === '-') return await readInputLine(context)
  await warnIfExposed(context, path)
  const text = (await getFile(path)).toString('utf8')
  return text.replace(/\r?\n[\s\S]*$/, '')
}

async function warnIfExposed(context: Context, path: string): Promise<void> {
  const exposure = await findExposure(path)
  if (exposure !== undefined) context.output.warning(exposure)
}
