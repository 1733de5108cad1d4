// `npm start [-- FOLDER…]`: the main job on defaults. Makes a vault in the user's data folder the first time, with a key
// file beside the configuration, and backs up the given folders (this one when none is given).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url))
const config = join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'holdfast')
const data = join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'holdfast')
const vault = join(data, 'vault')
const keyFile = join(config, 'vault.key')
const configFile = join(config, 'config.json')
const folders = process.argv.slice(2)

if (!existsSync(configFile)) makeVault()
run(['backup', ...(folders.length > 0 ? folders : [resolve('.'), '--exclude', 'node_modules/'])])
run(['points'])
console.log(`
Your vault is ${vault}, its key ${keyFile}. What next:
  npx holdfast ls latest                        what is in the newest backup point
  npx holdfast restore latest --target FOLDER   bring it back, into an existing folder
  npx holdfast backup FOLDER…                   the next point: only what changed is read and stored
  npx holdfast --help`)

function makeVault(): void {
  for (const folder of [config, data]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  run(['init', '--vault', vault, '--key-file', keyFile])
  const known = { vaults: { main: { path: vault, keyFile } }, default: 'main' }
  writeFileSync(configFile, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}

/** Ends with the exit code of the first command that fails; a partial backup (3) goes on. */
function run(words: readonly string[]): void {
  console.log(`$ holdfast ${words.join(' ')}`)
  const { status } = spawnSync(process.execPath, [launcher, ...words], { stdio: 'inherit' })
  if (status !== 0 && status !== 3) process.exit(status ?? 1)
}
