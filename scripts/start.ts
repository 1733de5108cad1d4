// `npm start [-- [--yes] [FOLDER…]]`: a control server on this machine, with this machine as its first instance. The first
// time it asks one question (`--yes` answers it); afterwards it just starts the server again. Ctrl-C ends both.
//
// What is protected is a local policy of the agent: the whole machine as root, the home folder otherwise, or the folders
// that are named. Data lies where `holdfast server run` puts it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { gibibytes, type Measured, measure } from './start/measure.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const launcher = join(root, 'bin', 'holdfast.js')
const isRoot = process.getuid?.() === 0
const userData = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
const usualData = isRoot ? '/var/lib/holdfast' : join(userData, 'holdfast', 'server')
const data = resolve(process.env['HOLDFAST_SERVER_DATA'] || usualData)
const policyFile = join(data, 'agent-policy.json')
const words = process.argv.slice(2)
const folders = words.filter((word) => !word.startsWith('-')).map((path) => resolve(path))
const isYes = words.includes('--yes') || words.includes('-y')

if (words.includes('--help') || words.includes('-h')) {
  console.log(usage())
  process.exit(0)
}
refuseUnknown()
const isFirst = !existsSync(join(data, 'agent', 'identity.json'))
if (isFirst || folders.length > 0) await choose()
const builder = hasClient() ? undefined : makeClient()
makeConsole()
await run()

/** The pages of the server; some seconds the first time. */
function makeConsole(): void {
  const script = join(root, 'scripts', 'build-console.ts')
  const { status } = spawnSync(process.execPath, [script, '--if-stale'], { stdio: 'inherit' })
  if (status !== 0) console.error('The console could not be made; the command line does all of it.')
}

function usage(): string {
  return `npm start -- [--yes] [FOLDER…]

  --yes      asks nothing
  FOLDER…    what is protected; without any it is the machine as root, otherwise your home folder

Before it, as in HOLDFAST_SERVER_LISTEN=:9443 npm start:

  HOLDFAST_SERVER_LISTEN     the port, or address and port, that it listens at (8443)
  HOLDFAST_SERVER_ADDRESS    https://NAME:PORT, by which browsers and machines reach it (the name of this machine)
  HOLDFAST_SERVER_DATA       the folder of its data (${usualData})`
}

function refuseUnknown(): void {
  const unknown = words.find((word) => word.startsWith('-') && !['--yes', '-y'].includes(word))
  const missing = folders.find((path) => !existsSync(path))
  if (unknown !== undefined) end(`The option ${unknown} is unknown: npm start -- [--yes] [FOLDER…]`)
  if (missing !== undefined) end(`There is no folder ${missing}.`)
}

async function choose(): Promise<void> {
  const { bavail, bsize } = statfsSync(existing(data))
  const free = Number(bavail) * Number(bsize)
  const choice = propose(free)
  const { roots, measured } = choice
  console.log(
    'Holdfast: a backup server on this machine, with this machine as its first instance.\n',
  )
  console.log(`  protected   ${roots.join(', ')}  (${amountOf(measured)})`)
  console.log(`  kept in     ${data}  (${gibibytes(free)} free; compressed, each content once)`)
  console.log('  left out    programs and system folders, network drives, the server itself')
  console.log('  when        now, then once a day; each version is kept for 30 days, and locked')
  for (const sentence of choice.notes) console.log(`\n${sentence}`)
  console.log(
    '\nThis vault is on the machine that it protects: it helps against deleted and changed files,\nnot against the loss of the machine. For that, run the server on another one.',
  )
  if (!isYes && !(await agreed()))
    end('Nothing was done. Folders of your choice: npm start -- FOLDER…')
  writePolicy(roots)
}

/** What fits: the machine or the home folder, and less where that has no room. */
function propose(free: number) {
  const all = folders.length > 0 ? folders : [isRoot ? '/' : homedir()]
  const measured = measure(all, data)
  const notes: string[] = []
  if (!isRoot && folders.length === 0)
    notes.push(
      'You are not root, so this is your home folder; what you may not read there is listed and left out.',
    )
  if (measured.bytes <= free) return { roots: all, measured, notes }
  const tooMuch = `${all.join(', ')} may not fit: ${amountOf(measured)}, and ${gibibytes(free)} are free.`
  const fewer = ['/etc', '/home', '/root'].filter((path) => existsSync(path))
  const less = measure(fewer, data)
  if (!isRoot || folders.length > 0 || less.bytes > free)
    end(`${tooMuch} Name folders that are smaller: npm start -- FOLDER…`)
  notes.push(`${tooMuch} So only these are protected for now.`)
  return { roots: fewer, measured: less, notes }
}

function amountOf({ bytes, isWhole }: Measured): string {
  return isWhole ? `about ${gibibytes(bytes)}` : `more than ${gibibytes(bytes)}`
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) end('Nobody can be asked here. Agree with: npm start -- --yes')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await lines.question('\nStart it? [Y/n] ').catch(() => 'n')
  lines.close()
  return /^(y(es)?)?$/i.test(answer.trim())
}

/** The agent believes it only where nobody else could have written it. */
function writePolicy(roots: readonly string[]): void {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const open = openFolder(dirname(policyFile))
  if (open !== undefined)
    end(`Others than you can write the folder ${open}. Close it first: chmod go-w ${open}`)
  const isAll = roots.includes('/')
  const own = isRoot ? {} : { restoreRoots: ['/'], restoreDenied: [data] }
  const policy = isAll ? own : { backupRoots: roots, ...own }
  writeFileSync(policyFile, `${JSON.stringify(policy, null, 2)}\n`, { mode: 0o600 })
}

/** The first folder on the way up that others may write in. */
function openFolder(path: string): string | undefined {
  const { mode } = statSync(path)
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return path
  return dirname(path) === path ? undefined : openFolder(dirname(path))
}

/** What other machines install, of this very version. */
function hasClient(): boolean {
  const manifest = join(data, 'client', 'manifest.json')
  if (!existsSync(manifest)) return false
  const versionIn = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8')).version
  return versionIn(manifest) === versionIn(join(root, 'package.json'))
}

/** Beside the server, which hands it out as soon as it is there. */
function makeClient(): ChildProcess {
  const build = `linux-${process.arch === 'arm64' ? 'arm64' : 'x86-64'}`
  const script = join(root, 'scripts', 'build-agent.ts')
  const child = spawn(process.execPath, [script, '--out', join(data, 'client'), '--build', build], {
    cwd: root,
    stdio: 'ignore',
    detached: true,
  })
  child.on('exit', (code) => {
    if (code === 0) console.log('\nThe client for other machines is made: holdfast instances add')
    else if (code !== null)
      console.error(`\nThe client for other machines could not be made: node ${script}`)
  })
  return child
}

async function run(): Promise<void> {
  if (isRoot && existsSync('/etc/holdfast/agent.json'))
    console.log(
      'This machine has a local policy, /etc/holdfast/agent.json: it counts, and not ours.',
    )
  else if (existsSync(policyFile)) process.env['HOLDFAST_AGENT_POLICY'] = policyFile
  process.env['HOLDFAST_LOG'] ||= 'warn'
  process.env['HOLDFAST_SERVER_DATA'] = data
  console.log(
    `\nStarting; Ctrl-C ends it, npm start starts it again. In this folder \`npx holdfast\` is the command;\nfor everywhere: ln -s ${launcher} /usr/local/bin/holdfast\n`,
  )
  // A group of its own: Ctrl-C in a terminal reaches it through us, once.
  const server = [launcher, 'server', 'run', '--protect-this-machine']
  const child = spawn(process.execPath, server, { stdio: 'inherit', detached: true })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      builder?.kill('SIGTERM')
      child.kill('SIGTERM')
    })
  child.on('exit', (code) => {
    builder?.kill('SIGTERM')
    process.exit(code ?? 1)
  })
}

/** Of a folder that is still to be made: the nearest one that is there. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path))
}

function end(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
