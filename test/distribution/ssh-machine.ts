/**
 * A machine that answers over SSH: Debian's sshd on a loopback port. Its users, and the commands that say what kind of
 * machine it is, are its own, because it lives in a mount namespace; the installer works in a folder in the place of its
 * root. Needs root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'

export const sshd = '/usr/sbin/sshd'
/** Why tests with a real sshd cannot run here; false when they can. */
export const sshMissing: string | false = !existsSync(sshd)
  ? 'sshd is missing'
  : process.getuid?.() !== 0
    ? 'only root can start a machine of its own'
    : false

export const password = 'a password of a test'

export type SshMachineOptions = {
  /** Commands in front of its own, by name: what each prints. */
  readonly says?: Readonly<Record<string, string>>
}

export type SshMachine = AsyncDisposable & {
  readonly folder: string
  readonly port: number
  /** Of the machine's host key, in hexadecimal, and as ssh-keygen prints it. */
  readonly hostKeyDigest: string
  readonly fingerprint: string
  /** Of the only key that root and guest accept. */
  readonly privateKey: string
  /** Its /tmp. */
  readonly temporary: string
  /** What stands for / in an installation. */
  readonly root: string
  /** Of every command that was started, with its arguments. */
  readonly startedCommands: () => string
}

export async function startSshMachine({ says = {} }: SshMachineOptions = {}): Promise<SshMachine> {
  const folder = mkdtempSync('/var/tmp/holdfast-sshd-')
  chmodSync(folder, 0o755)
  const root = join(folder, 'root')
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  spawnSync('chmod', ['-R', '777', root])
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  chmodSync(temporary, 0o1777)
  makeKeys(folder)
  writeUsers(folder)
  writeCommands(folder, says)
  const { port, child } = await startSshd(folder, root)
  const hostKey = Buffer.from(
    readFileSync(join(folder, 'host.pub'), 'utf8').split(' ')[1] ?? '',
    'base64',
  )
  const listed = spawnSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], { encoding: 'utf8' })
  return {
    folder,
    port,
    root,
    temporary,
    hostKeyDigest: createHash('sha256').update(hostKey).digest('hex'),
    fingerprint: listed.stdout.split(' ')[1] ?? '',
    privateKey: readFileSync(join(folder, 'user'), 'utf8'),
    startedCommands: () => readFileSync(join(folder, 'started'), 'utf8'),
    async [Symbol.asyncDispose]() {
      // What it has started may live a little longer and hold its output open.
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function makeKeys(folder: string): void {
  for (const name of ['host', 'user']) {
    spawnSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      'test',
      '-f',
      join(folder, name),
    ])
  }
}

function writeUsers(folder: string): void {
  const hashed = spawnSync('openssl', ['passwd', '-6', '-stdin'], {
    input: password,
    encoding: 'utf8',
  })
  const users = [
    'root:x:0:0::/root:/bin/sh',
    'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin',
    'guest:x:54321:54321::/tmp:/bin/sh',
  ]
  writeFileSync(join(folder, 'passwd'), `${users.join('\n')}\n`)
  const lines = ['root', 'guest'].map(
    (name) => `${name}:${hashed.stdout.trim()}:19000:0:99999:7:::`,
  )
  writeFileSync(join(folder, 'shadow'), `${lines.join('\n')}\nsshd:*:19000::::::\n`, {
    mode: 0o600,
  })
}

function writeCommands(folder: string, says: Readonly<Record<string, string>>): void {
  const commands = join(folder, 'commands')
  mkdirSync(commands)
  const started = join(folder, 'started')
  writeFileSync(started, '')
  chmodSync(started, 0o666)
  for (const [name, script] of Object.entries(says)) {
    writeFileSync(join(commands, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  // Whoever may run commands can see the arguments of all of them, as with ps.
  writeFileSync(
    join(folder, 'shell'),
    `#!/bin/sh\necho "$SSH_ORIGINAL_COMMAND" >>${started}\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`,
    { mode: 0o755 },
  )
}

function configOf(folder: string, port: number, root: string): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(folder, 'host')}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication yes
AuthorizedKeysFile ${join(folder, 'user.pub')}
ForceCommand ${join(folder, 'shell')}
SetEnv PATH=${join(folder, 'commands')}:/usr/local/bin:/usr/bin:/bin HOLDFAST_ROOT=${root}
`
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Another test may take the port meanwhile: then with another one. */
async function startSshd(folder: string, root: string, tries = 5): Promise<Started> {
  const port = await freePort()
  writeFileSync(join(folder, 'sshd_config'), configOf(folder, port, root))
  const setup = `mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/shadow" /etc/shadow &&
    mount --bind "$0/tmp" /tmp && mkdir -p /run/sshd && exec ${sshd} -D -e -f "$0/sshd_config"`
  const child = spawn('unshare', ['-m', 'sh', '-c', setup, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  const isUp = await new Promise<boolean>((done) => {
    child.stderr.on('data', (bytes: Buffer) => {
      log += bytes.toString()
      if (log.includes('Server listening on')) done(true)
    })
    child.once('exit', () => done(false))
  })
  if (isUp) return { port, child }
  if (tries > 1) return await startSshd(folder, root, tries - 1)
  throw new Error(`sshd does not start: ${log}`)
}

type Started = { readonly port: number; readonly child: ChildProcess }
