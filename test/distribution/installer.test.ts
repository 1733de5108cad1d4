// The installer as a machine runs it: dash, a real HTTPS server with a certificate that nobody else vouches for, and a
// folder in the place of the root.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { installCommand, renderInstaller } from '#server'
import { openWorld, readCalls, texts, type World } from './world.ts'

const code = 'HF-7QK2-M4TD-93XA-P0ZB'

test('one line installs the client and activates the machine (A1)', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const line = installCommand(world.place, code).replace('| sh', '| dash')
  const { status, errors } = await run('dash', ['-c', line], { HOLDFAST_ROOT: root })
  equal(status, 0, errors)
  equal(
    readCalls(root),
    `agent activate ${world.place.address} --code-file - --fingerprint ${world.place.certificate?.keyFingerprint}\n${code}\n`,
  )
  const program = join(root, 'usr/local/lib/holdfast/holdfast')
  equal(statSync(program).mode & 0o777, 0o755)
  const { publicKey } = await world.builds.manifest()
  equal(readFileSync(join(root, 'etc/holdfast/release-key.pem'), 'utf8'), publicKey)
  const unit = readFileSync(join(root, 'etc/systemd/system/holdfast-agent.service'), 'utf8')
  equal(unit, texts.agentUnit)
  deepEqual(listLeftovers(root), [])
})

test('running it again changes the program and not the identity of the machine', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const script = await installerOf(world)
  equal((await runInstaller(script, root, ['--code', code])).status, 0)
  const calls = readCalls(root)
  const again = await runInstaller(script, root, [])
  equal(again.status, 0, again.errors)
  equal(readCalls(root), calls)
  equal(again.errors.includes('not activated'), false)
})

test('without a code it installs, and says how to activate', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const { status, errors } = await runInstaller(await installerOf(world), root, [])
  equal(status, 0)
  match(errors, /not activated yet/)
})

test('a build that was changed on its way is refused, and nothing is installed (A19)', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  world.sendInstead(gzipSync('#!/bin/sh\ntouch "$HOLDFAST_ROOT/owned"\n'))
  const { status, errors } = await runInstaller(await installerOf(world), root, ['--code', code])
  equal(status, 1)
  match(errors, /not what the server announced/)
  equal(existsSync(join(root, 'usr/local/lib/holdfast/holdfast')), false)
  equal(existsSync(join(root, 'owned')), false)
  deepEqual(listLeftovers(root), [])
})

for (const tool of ['curl', 'wget'] as const) {
  test(`with ${tool} only the pinned server is taken for the server`, async () => {
    await using world = await openWorld()
    await using other = await openWorld()
    const environment = { PATH: pathWithout(world, tool === 'curl' ? 'wget' : 'curl') }
    const right = await installerOf(world)
    const good = await runInstaller(right, rootIn(world), ['--code', code], environment)
    equal(good.status, 0, good.errors)
    const before = other.asked.length
    const wrong = right.replaceAll(world.place.address, other.place.address)
    const bad = await runInstaller(wrong, rootIn(world, 'second'), [], environment)
    equal(bad.status, 1)
    match(bad.errors, /could not be downloaded/)
    deepEqual(other.asked.slice(before), [], 'not even a question reaches another server')
  })
}

test('a download of the installer that was cut runs nothing, wherever it was cut', async () => {
  await using world = await openWorld()
  const script = await installerOf(world)
  const bytes = Buffer.from(script)
  // All cuts would take minutes; these fall into every part of it, and on every byte of its end.
  const end = bytes.length - 40
  const lengths = [...range(0, end, 997), ...range(end, bytes.length - 2, 1)]
  for (const length of lengths) {
    const root = rootIn(world, `cut-${length}`)
    const cut = bytes.subarray(0, length).toString()
    await run('dash', ['-s'], { HOLDFAST_ROOT: root }, cut)
    deepEqual(listFiles(root), ['etc/systemd/system'], `cut at ${length}`)
  }
})

const pretences = [
  ['a 32-bit machine', { uname: 'i686' }, /32-bit system/],
  ['a 32-bit system on a 64-bit kernel', { bits: '32' }, /32-bit system/],
  ['a 32-bit ARM', { uname: 'armv7l' }, /32-bit system/],
  ['another processor', { uname: 'riscv64' }, /no build of Holdfast for riscv64/],
  ['another system', { system: 'FreeBSD' }, /protects Linux; this is FreeBSD/],
  ['musl', { libc: '', ldd: 'musl libc (x86_64)' }, /another one, such as musl/],
  ['an old glibc', { libc: 'glibc 2.17' }, /needs glibc 2.28 or newer; this system has 2.17/],
] as const satisfies readonly (readonly [string, Pretence, RegExp])[]

for (const [what, pretence, sentence] of pretences) {
  test(`${what} is refused with a sentence, before anything is downloaded (A8)`, async () => {
    await using world = await openWorld()
    const root = rootIn(world)
    const environment = { PATH: `${pretend(world, pretence)}:${process.env['PATH']}` }
    const { status, errors } = await runInstaller(await installerOf(world), root, [], environment)
    equal(status, 1)
    match(errors, sentence)
    deepEqual(world.asked, [])
    equal(existsSync(join(root, 'usr')), false)
  })
}

test('the code may come on the input, where no list of processes shows it', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const path = join(world.folder, 'install.sh')
  writeFileSync(path, await installerOf(world))
  const args = [path, '--build-file', world.buildPath, '--code-file', '-']
  const { status, errors } = await run('dash', args, { HOLDFAST_ROOT: root }, `${code}\n`)
  equal(status, 0, errors)
  ok(readCalls(root).endsWith(`\n${code}\n`))
  deepEqual(world.asked, [], 'a build that is there is not downloaded')
})

test('a proxy is used, and kept for the agent where only root reads it', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const proxy = 'http://user:secret@127.0.0.1:9'
  const script = await installerOf(world)
  const around = { https_proxy: proxy, no_proxy: '127.0.0.1' }
  equal((await runInstaller(script, root, [], { https_proxy: proxy, no_proxy: '' })).status, 1)
  const good = await runInstaller(script, root, [], around)
  equal(good.status, 0, good.errors)
  const kept = join(root, 'etc/holdfast/agent.env')
  equal(readFileSync(kept, 'utf8'), `HTTPS_PROXY=${proxy}\nNO_PROXY=127.0.0.1\n`)
  equal(statSync(kept).mode & 0o777, 0o600)
})

test('a program that does not run here is not put in the place of one that does', async () => {
  await using world = await openWorld()
  const root = rootIn(world)
  const script = await installerOf(world)
  equal((await runInstaller(script, root, [])).status, 0)
  const program = join(root, 'usr/local/lib/holdfast/holdfast')
  const before = readFileSync(program, 'utf8')
  const broken = gzipSync('#!/bin/sh\necho "GLIBC_2.99 not found" >&2\nexit 127\n')
  const sha256 = createHash('sha256').update(broken).digest('hex')
  const path = join(world.folder, 'broken.gz')
  writeFileSync(path, broken)
  const forBroken = script.replace(/^(sha256_\w+=)'[0-9a-f]+'/gm, `$1'${sha256}'`)
  const { status, errors } = await runInstaller(forBroken, root, ['--build-file', path])
  equal(status, 1)
  match(errors, /does not run here: GLIBC_2.99 not found/)
  equal(readFileSync(program, 'utf8'), before)
})

test('shellcheck finds nothing in the installer as it is sent', async (t) => {
  if (spawnSync('shellcheck', ['--version']).error !== undefined) return t.skip('no shellcheck')
  await using world = await openWorld()
  const script = await installerOf(world)
  const { status, output } = await run('shellcheck', ['--shell=sh', '-'], {}, script)
  equal(status, 0, output)
})

test('the installer holds no secret: it is the same for everybody', async () => {
  await using world = await openWorld()
  const script = await installerOf(world)
  equal(script, await installerOf(world))
  equal(script.includes('PRIVATE'), false)
  equal(/@[A-Z0-9_]+@/.test(script), false, 'every place of the template is filled')
})

async function installerOf({ place, builds }: World): Promise<string> {
  return renderInstaller(texts, place, await builds.manifest())
}

/** With a folder for units, as a machine with systemd has. */
function rootIn({ folder }: World, name = 'root'): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  return root
}

function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step)
}

type Pretence = {
  readonly uname?: string
  readonly system?: string
  readonly bits?: string
  readonly libc?: string
  readonly ldd?: string
}

/** A folder of commands that say what another machine would. */
function pretend({ folder }: World, { uname, system, bits, libc, ldd }: Pretence): string {
  const commands = join(folder, 'commands')
  mkdirSync(commands)
  const put = (name: string, lines: string) =>
    writeFileSync(join(commands, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  put('uname', `case $1 in -m) echo ${uname ?? 'x86_64'} ;; *) echo ${system ?? 'Linux'} ;; esac`)
  const libcLine = libc === '' ? 'exit 1' : `echo '${libc ?? 'glibc 2.36'}'`
  put('getconf', `case $1 in LONG_BIT) echo ${bits ?? '64'} ;; *) ${libcLine} ;; esac`)
  if (ldd !== undefined) put('ldd', `echo '${ldd}' >&2; exit 1`)
  return commands
}

/** All commands but one. */
function pathWithout({ folder }: World, missing: string): string {
  const commands = join(folder, `without-${missing}`)
  mkdirSync(commands)
  for (const name of readdirSync('/usr/bin')) {
    if (name !== missing) symlinkSync(`/usr/bin/${name}`, join(commands, name))
  }
  return commands
}

async function runInstaller(
  script: string,
  root: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  return await run('dash', ['-s', '--', ...args], { ...environment, HOLDFAST_ROOT: root }, script)
}

async function run(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
) {
  const env = { PATH: process.env['PATH'], ...environment }
  const child = spawn(file, args, { env, stdio: 'pipe' })
  const [output, errors] = [child.stdout, child.stderr].map((stream) => stream.toArray())
  child.stdin.on('error', () => undefined) // it may end without reading
  child.stdin.end(input)
  const status = await new Promise<number | null>((done) => child.on('close', done))
  const text = async (parts: Promise<readonly Buffer[]> | undefined) =>
    Buffer.concat((await parts) ?? []).toString()
  return { status, output: await text(output), errors: await text(errors) }
}

function listFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !['etc', 'etc/systemd'].includes(path),
  )
}

/** Temporary folders of the installer. */
function listLeftovers(root: string): readonly string[] {
  return listFiles(root).filter((path) => path.includes('.install.'))
}
