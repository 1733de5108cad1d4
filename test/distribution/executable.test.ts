// The single executable, on a machine that has a C library and nothing else: no Node, no npm, no shell, no environment. It
// is made as for a release, signed with a key of this test.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { openClientBuilds, openInstallationKey, renderInstaller } from '#server'
import { build, texts } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-executable-'))
const out = join(folder, 'client')
const executable = join(out, `holdfast-${build}`)
const isRoot = process.getuid?.() === 0
const skip = isRoot ? false : 'only root can change the root'

before(() => {
  const keyFile = join(folder, 'release.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      'scripts/build-agent.ts',
      '--out',
      out,
      '--build',
      build,
      '--executables',
      '--release-key',
      keyFile,
    ],
    { encoding: 'utf8' },
  )
  equal(status, 0, stderr)
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('it makes a vault, backs up and restores where there is only a C library', { skip }, () => {
  const root = emptyMachine('machine')
  const version = onMachine(root, ['version'])
  equal(version.status, 0, version.stderr)
  match(version.stdout, /^holdfast \d/)
  const vault = ['--vault', '/vault', '--key-file', '/key']
  const source = join(root, 'source')
  cpSync('src/engine', join(source, 'engine'), { recursive: true })
  writeFileSync(
    join(source, 'large'),
    Buffer.alloc(24 * 1024 * 1024, Buffer.from('a large file of ours ')),
  )
  symlinkSync('large', join(source, 'link'))
  mkdirSync(join(root, 'target'))
  for (const words of [
    ['init', ...vault],
    ['backup', ...vault, '/source'],
    ['restore', ...vault, 'latest', '--target', '/target'],
  ]) {
    const { status, stdout, stderr } = onMachine(root, words)
    equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`)
  }
  const compared = spawnSync('diff', ['-r', '--no-dereference', source, restored(root)], {
    encoding: 'utf8',
  })
  equal(compared.status, 0, compared.stdout)
  deepEqual(readdirSync(join(root, 'tmp')), [], 'its native part lies nowhere afterwards')
})

test('it runs where nothing in /tmp may be executed', { skip }, () => {
  const root = emptyMachine('noexec')
  mkdirSync(join(root, 'source'))
  writeFileSync(join(root, 'source/file'), 'content')
  const vault = ['--vault', '/vault', '--key-file', '/key']
  const mounts = `mount -t tmpfs -o noexec tmpfs ${root}/tmp`
  for (const words of [
    ['init', ...vault],
    ['backup', ...vault, '/source'],
  ]) {
    const { status, stdout, stderr } = onMachine(root, words, mounts)
    equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`)
  }
})

test('what the environment says does not change how it runs: no NODE_OPTIONS', () => {
  const planted = join(folder, 'planted.cjs')
  writeFileSync(
    planted,
    `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'owned'))}, '')`,
  )
  const { status } = spawnSync(executable, ['version'], {
    env: { NODE_OPTIONS: `--require ${planted}` },
  })
  equal(status, 0)
  equal(readdirSync(folder).includes('owned'), false)
})

test('a backup and a restore ask nothing of the kernel that the unit forbids', (t) => {
  const filter = allowedCalls()
  if (filter === undefined || spawnSync('strace', ['-V']).error !== undefined) {
    return t.skip('systemd-analyze or strace is missing')
  }
  ok(filter.has('openat2') && !filter.has('mount') && !filter.has('ptrace'))
  const [vault, key] = [join(folder, 's-vault'), join(folder, 's-key')]
  const [target, trace] = [join(folder, 's-target'), join(folder, 's-trace')]
  mkdirSync(target)
  const opening = ['--vault', vault, '--key-file', key]
  for (const words of [
    ['init', ...opening],
    ['backup', ...opening, 'src/engine'],
    ['restore', ...opening, 'latest', '--target', target],
  ]) {
    const { status, stderr } = spawnSync('strace', ['-f', '-qq', '-o', trace, executable, ...words])
    equal(status, 0, stderr.toString())
    const called = [
      ...readFileSync(trace, 'utf8').matchAll(/^\d+ +(?:<\.\.\. )?([a-z][a-z0-9_]*)[ (]/gm),
    ]
    ok(called.length > 1000)
    const names = new Set(called.map(([, name]) => name ?? ''))
    // Node asks for a faster way and goes on without it; systemd has it ask in vain.
    const harmless = ['io_uring_setup', 'pkey_alloc', 'pkey_mprotect', 'pkey_free']
    deepEqual(
      [...names].filter((name) => !filter.has(name) && !harmless.includes(name)),
      [],
    )
  }
})

test('with the rights that the unit leaves the agent, everything is put back as it was', {
  skip,
}, () => {
  const [source, target] = [join(folder, 'r-source'), join(folder, 'r-target')]
  for (const path of [source, target]) mkdirSync(path)
  const setup = `cd "$0" && echo text >owned && chown 1234:4321 owned && chmod 4751 owned && mknod device c 1 3 &&
    mkfifo pipe && echo text >attributes && setfattr -n trusted.overlay.opaque -v y attributes &&
    setfattr -n user.color -v blue attributes && echo text >capable && setcap cap_net_raw+ep capable &&
    mkdir -m 700 closed && echo secret >closed/file && chown -R 1234:4321 closed && chmod 000 closed/file`
  equal(spawnSync('sh', ['-c', setup, source], { encoding: 'utf8' }).stderr, '')
  const opening = ['--vault', join(folder, 'r-vault'), '--key-file', join(folder, 'r-key')]
  for (const words of [
    ['init', ...opening],
    ['backup', ...opening, source],
    ['restore', ...opening, 'latest', '--target', target],
  ]) {
    const { status, stdout, stderr } = withRightsOfUnit(words)
    equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`)
  }
  const look = `cd "$0" && find . -mindepth 1 -printf '%P %M %U:%G %s\\n' | sort && stat -c %t:%T device &&
    getfattr -d -m - attributes && getcap capable && cat closed/file`
  const [before, afterwards] = [source, target].map(
    (path) => spawnSync('sh', ['-c', look, path], { encoding: 'utf8' }).stdout,
  )
  match(before ?? '', /trusted.overlay.opaque.*capable cap_net_raw/s)
  equal(afterwards, before)
})

test('the build is signed by the release key, and the installer takes it as it is', async () => {
  const signer = await openInstallationKey(join(folder, 'installation.pem'))
  const builds = openClientBuilds({ folder: out, signer, version: '0.0.0' })
  const manifest = await builds.manifest()
  equal(manifest.builds.length, 1)
  equal(manifest.publicKey === signer.publicKey, false)
  const place = { address: 'https://127.0.0.1:1', certificate: undefined }
  const script = renderInstaller(texts, place, manifest)
  const root = join(folder, 'root')
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  const { status, stderr } = spawnSync('dash', ['-s', '--', '--build-file', join(out, build)], {
    env: { PATH: process.env['PATH'], HOLDFAST_ROOT: root },
    input: script,
    encoding: 'utf8',
  })
  equal(status, 0, stderr)
  const installed = join(root, 'usr/local/lib/holdfast/holdfast')
  equal(Buffer.compare(readFileSync(installed), readFileSync(executable)), 0)
})

/** A root with the program and the libraries that it is linked with. */
function emptyMachine(name: string): string {
  const root = join(folder, name)
  for (const path of ['proc', 'tmp', 'dev']) mkdirSync(join(root, path), { recursive: true })
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' })
  for (const [library] of stdout.matchAll(/\/[^ ]+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    copyFileSync(library, join(root, library))
    chmodSync(join(root, library), 0o755)
  }
  copyFileSync(executable, join(root, 'holdfast'))
  return root
}

/** Runs it with /proc, without any environment, as the only program that there is. */
function onMachine(root: string, words: readonly string[], mounts = 'true') {
  const setup = `mount -t proc proc "$0/proc" && ${mounts} && exec env -i "$(command -v chroot)" "$0" /holdfast "$@"`
  return spawnSync('unshare', ['-m', '-p', '-f', 'sh', '-c', setup, root, ...words], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
}

/** As root whose bounding set is that of the unit, and who can gain nothing. */
function withRightsOfUnit(words: readonly string[]) {
  const unit = readFileSync('packaging/holdfast-agent.service', 'utf8')
  const kept = [...unit.matchAll(/^CapabilityBoundingSet=(.+)$/gm)].flatMap(([, names]) =>
    (names ?? '').split(' ').map((name) => name.replace('CAP_', '+').toLowerCase()),
  )
  ok(kept.length > 5)
  const rights = ['--no-new-privs', `--bounding-set=${['-all', ...kept].join(',')}`]
  return spawnSync('setpriv', [...rights, executable, ...words], { encoding: 'utf8' })
}

/** The folder `source` as it was put back: below the target, under its own name or its whole path. */
function restored(root: string): string {
  const target = join(root, 'target')
  return readdirSync(target).includes('source') ? join(target, 'source') : target
}

/** The calls that the unit of the agent lets through. */
function allowedCalls(): ReadonlySet<string> | undefined {
  const unit = readFileSync('packaging/holdfast-agent.service', 'utf8')
  const allowed = new Set<string>()
  for (const [, not, sets = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.+)$/gm)) {
    for (const set of sets.split(' ')) {
      const calls = callsOf(set)
      if (calls === undefined) return undefined
      for (const call of calls) not === '~' ? allowed.delete(call) : allowed.add(call)
    }
  }
  return allowed
}

function callsOf(set: string): readonly string[] | undefined {
  const { status, stdout } = spawnSync('systemd-analyze', ['syscall-filter', '--no-pager', set], {
    encoding: 'utf8',
  })
  if (status !== 0) return undefined
  const words = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^@?[a-z]/.test(line))
  return words.flatMap((word) =>
    word === set ? [] : word.startsWith('@') ? (callsOf(word) ?? []) : [word],
  )
}
