// `npm run try [-- FOLDER…]`: one machine with a local vault, and no server. Makes a vault in the user's data folder the
// first time, with a key file beside the configuration, and backs up the given folders (this one when none is given). Each
// step is done when its result is missing, so that a run that was interrupted, or whose configuration was lost, goes on.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const vaultName = 'main'
const launcher = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url))
const config = join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'holdfast')
const data = join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'holdfast')
const vault = join(data, 'vault')
const keyFile = join(config, 'vault.key')
const configFile = process.env['HOLDFAST_CONFIG'] || join(config, 'config.json')
const folders = process.argv.slice(2)
const withoutModules = ['--exclude', 'node_modules/']

if (!existsSync(configFile)) writeConfig()
const words = wordsForVault()
if (!existsSync(join(vault, 'vault', 'config'))) run(['init', ...words])
run(['backup', ...words, ...(folders.length > 0 ? folders : [resolve('.'), ...withoutModules])])
run(['points', ...words])
const call = [launcher, ...words].join(' ')
console.log(`
Your vault is ${vault}, its key ${keyFile}. What next:
  ${call} ls latest                        what is in the newest backup point
  ${call} restore latest --target FOLDER   bring it back, into an existing folder
  ${call} backup FOLDER…                   the next point: only what changed is read and stored
  ${launcher} --help

As \`holdfast\` everywhere: ln -s ${launcher} /usr/local/bin/holdfast`)

function writeConfig(): void {
  if (existsSync(join(vault, 'vault', 'config')) && !existsSync(keyFile)) {
    console.error(
      `The vault ${vault} is there, and its key file ${keyFile} is not: put it back first.`,
    )
    process.exit(1)
  }
  for (const folder of [config, data]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const known = { vaults: { [vaultName]: { path: vault, keyFile } }, default: vaultName }
  writeFileSync(configFile, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}

/** The vault of this program, also where the user has given the name or the default to another one. */
function wordsForVault(): readonly string[] {
  const known: { vaults?: Record<string, { path?: string } | undefined>; default?: string } =
    JSON.parse(readFileSync(configFile, 'utf8'))
  const isOurs = known.vaults?.[vaultName]?.path === vault
  return isOurs ? ['--vault', vaultName] : ['--vault', vault, '--key-file', keyFile]
}

/** Ends with the exit code of the first command that fails; a partial backup (3) goes on. */
function run(command: readonly string[]): void {
  console.log(`$ holdfast ${command.join(' ')}`)
  const { status } = spawnSync(process.execPath, [launcher, ...command], { stdio: 'inherit' })
  if (status !== 0 && status !== 3) process.exit(status ?? 1)
}
