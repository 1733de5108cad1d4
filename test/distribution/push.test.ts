// The push over SSH against Debian's own sshd, with the real installer and a real HTTPS server.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { sshMachines } from '#adapters/ssh'
import { type PushProgress, pushInstaller } from '#server'
import { password, type SshMachine, sshMissing, startSshMachine } from './ssh-machine.ts'
import { build, openWorld, readCalls, texts, type World } from './world.ts'

const code = 'HF-7QK2-M4TD-93XA-P0ZB'
const skip = sshMissing
const { signal } = new AbortController()

test('the push installs and activates as root, and the code is in no list of processes (A2)', {
  skip,
}, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine()
  const seen: PushProgress[] = []
  const facts = await pusher(world).install(
    { access: accessTo(machine), code, onProgress: (progress) => seen.push(progress) },
    signal,
  )
  equal(facts.build, build)
  ok(facts.isRoot)
  ok(readCalls(machine.root).endsWith(`\n${code}\n`))
  equal(machine.startedCommands().includes(code), false)
  ok(machine.startedCommands().includes('--code-file -'))
  deepEqual(
    [...new Set(seen.map(({ step }) => step))],
    ['connecting', 'looking', 'sending', 'installing', 'done'],
  )
  const sent = seen.findLast((progress) => progress.step === 'sending')
  equal(sent?.sentBytes, sent?.totalBytes)
  deepEqual(leftovers(machine), [])
})

test('it works with a password, and for a user who may become root with sudo', {
  skip,
}, async () => {
  await using world = await openWorld()
  const sudo = '[ "$1" = -n ] && shift; exec "$@"'
  await using machine = await startSshMachine({ says: { sudo } })
  const secret = { kind: 'password', password } as const
  const facts = await pusher(world).install(
    { access: { ...accessTo(machine), user: 'guest', secret }, code },
    signal,
  )
  equal(facts.isRoot, false)
  ok(readCalls(machine.root).endsWith(`\n${code}\n`))
})

test('another host key than the expected one: nothing is sent, not even a login', {
  skip,
}, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine()
  await using stranger = await startSshMachine()
  const access = { ...accessTo(machine), hostKeyDigest: stranger.hostKeyDigest }
  await rejects(pusher(world).install({ access, code }, signal), (problem: unknown) => {
    ok(problem instanceof Error && 'code' in problem)
    equal(problem.code, 'push.host-key-changed')
    ok(
      problem.message.includes(machine.fingerprint) &&
        problem.message.includes(stranger.fingerprint),
    )
    return true
  })
  equal(machine.startedCommands(), '')
})

test('the host key is shown before anybody trusts it, as ssh-keygen shows it', {
  skip,
}, async () => {
  await using machine = await startSshMachine()
  const found = await sshMachines().findHostKey({ host: '127.0.0.1', port: machine.port }, signal)
  const { hostKeyDigest, fingerprint } = machine
  deepEqual(found, { hostKeyDigest, fingerprint, type: 'ssh-ed25519' })
})

test('a wrong password and a wrong key are refused logins', { skip }, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine()
  await using stranger = await startSshMachine()
  const secrets = [
    { kind: 'password', password: 'another' },
    { kind: 'key', privateKey: stranger.privateKey },
  ] as const
  for (const secret of secrets) {
    const access = { ...accessTo(machine), secret }
    await rejects(pusher(world).install({ access, code }, signal), { code: 'push.login-refused' })
  }
  const access = { ...accessTo(machine), secret: { kind: 'key', privateKey: 'nonsense' } as const }
  await rejects(pusher(world).install({ access, code }, signal), { code: 'push.failed' })
})

const refusals = [
  ['a 32-bit system', { getconf: 'echo 32' }, 'push.unsupported', /32-bit/],
  [
    'a 32-bit machine',
    { uname: 'case $1 in -m) echo i686 ;; *) echo Linux ;; esac' },
    'push.unsupported',
    /i686/,
  ],
  ['musl', { getconf: '[ "$1" = LONG_BIT ] && echo 64' }, 'push.unsupported', /not glibc/],
  [
    'an old glibc',
    { getconf: 'case $1 in LONG_BIT) echo 64 ;; *) echo glibc 2.17 ;; esac' },
    'push.unsupported',
    /too old/,
  ],
  [
    'a full disk',
    { df: 'printf "F 1 2 3 4 M\\n/dev/x 100 90 10240 9 /\\n"' },
    'push.no-space',
    /10 MiB/,
  ],
  [
    'a machine that cannot reach the server',
    { curl: 'exit 7' },
    'push.no-way-back',
    /cannot reach the server/,
  ],
] as const

for (const [what, says, errorCode, sentence] of refusals) {
  test(`${what} is refused before anything is sent (A2)`, { skip }, async () => {
    await using world = await openWorld()
    await using machine = await startSshMachine({ says })
    const pushed = pusher(world).install({ access: accessTo(machine), code }, signal)
    await rejects(pushed, { code: errorCode, message: sentence })
    equal(existsSync(join(machine.root, 'usr')), false)
    equal(machine.startedCommands(), 'exec sh -s\n')
  })
}

test('a server that was given no address is looked for where the person reached it (A2)', {
  skip,
}, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine({ says: { curl: 'exit 7' } })
  const place = { ...world.place, isGuessed: true }
  const host = 'backup.example.com:8443'
  const pushed = pusher({ ...world, place }).install(
    { access: accessTo(machine), code, host },
    signal,
  )
  await rejects(pushed, {
    code: 'push.no-way-back',
    message: /https:\/\/backup\.example\.com:8443/,
  })
})

test('a user who cannot become root is refused', { skip }, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine({ says: { sudo: 'exit 1' } })
  const access = { ...accessTo(machine), user: 'guest' }
  await rejects(pusher(world).check(access, signal), { code: 'push.not-root' })
})

test('a sentence of the installer reaches the person, and nothing is left behind', {
  skip,
}, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine({ says: { gzip: 'echo "gzip: broken" >&2; exit 1' } })
  const pushed = pusher(world).install({ access: accessTo(machine), code }, signal)
  await rejects(pushed, { code: 'push.failed', message: /"installing": gzip: broken/ })
  deepEqual(leftovers(machine), [])
})

test('an abort ends the push at once and leaves nothing in the temporary folder', {
  skip,
}, async () => {
  await using world = await openWorld()
  await using machine = await startSshMachine({ says: { gzip: 'sleep 60' } })
  const abort = new AbortController()
  const began = Date.now()
  const pushed = pusher(world).install(
    {
      access: accessTo(machine),
      code,
      onProgress: ({ step }) => step === 'installing' && setTimeout(() => abort.abort(), 100),
    },
    abort.signal,
  )
  await rejects(pushed, { name: 'AbortError' })
  ok(Date.now() - began < 20_000)
  deepEqual(leftovers(machine), [])
})

test('what is no SSH, and what is not there, is said apart', async () => {
  const web = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done))
  const { port } = web.address() as AddressInfo
  const machines = sshMachines()
  await rejects(machines.findHostKey({ host: '127.0.0.1', port }, signal), { code: 'push.not-ssh' })
  await new Promise((done) => web.close(done))
  await rejects(machines.findHostKey({ host: '127.0.0.1', port }, signal), (problem: unknown) => {
    ok(problem instanceof Error && 'code' in problem)
    equal(problem.code, 'push.unreachable')
    match(problem.message, /ECONNREFUSED/)
    return true
  })
})

function pusher({ place, builds }: World) {
  return pushInstaller({ place: () => place, texts, builds, remotes: sshMachines() })
}

function accessTo({ port, hostKeyDigest, privateKey }: SshMachine) {
  const secret = { kind: 'key', privateKey } as const
  return { host: '127.0.0.1', port, user: 'root', hostKeyDigest, secret }
}

function leftovers({ temporary }: SshMachine): readonly string[] {
  return readdirSync(temporary)
}
