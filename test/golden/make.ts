// Makes the golden vault of format 1: `node test/golden/make.ts FOLDER`, as root. It was run once, when the format was fixed, and
// its result is committed in `format-1/`. It is never made again: that today's code still reads what was written then is the point.
//
// FOLDER gets: vault/, key-file, recovery-key, passphrase, and expected.json.gz, which says of each point what lstat, SHA-256 and
// getfattr told of the source when the point was made.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from '../house/source-files.ts'
import { type Facts, factsOf } from './tree-facts.ts'

export type ExpectedPoint = {
  readonly id: string
  readonly tag: string
  readonly status: 'complete' | 'partial'
  readonly holds: readonly string[]
  readonly inTrash: boolean
  readonly hasOverlay: boolean
  readonly failures: readonly { readonly path: string; readonly reason: string }[]
  readonly sources: readonly { readonly path: string; readonly prefix: string }[]
  readonly entries: readonly Facts[]
}

const stage = '/tmp/holdfast-golden'
const source = join(stage, 'source')
const launcher = join(root, 'bin/holdfast.js')
const nobody = 65534
const entriesInMany = 4500
const past = '2021-03-04T05:06:07.123456789Z'

const [asked] = process.argv.slice(2)
if (asked === undefined || process.getuid?.() !== 0) throw new Error('as root, with a new folder')
const folder = resolve(asked)
const vault = join(stage, 'vault')
const points: ExpectedPoint[] = []
make()

function make(): void {
  fs.rmSync(stage, { recursive: true, force: true })
  fs.mkdirSync(source, { recursive: true })
  fs.mkdirSync(folder, { recursive: true })
  writeCredentials()
  holdfast(['init', '--recovery-file', join(folder, 'recovery-key')])
  holdfast(['key', 'add', '--new-passphrase-file', join(folder, 'passphrase'), '--label', 'Büro'])
  fillFirst()
  // One that goes again: of it only the ledger knows, and packs that were written anew without its content.
  fs.writeFileSync(join(source, 'gone'), textOf(7, 30_000))
  backup('gone', [source])
  fs.rmSync(join(source, 'gone'))
  backup('first', [source])
  changeForOverlay()
  backup('overlay', [source])
  holdfast(['hold', 'tag:overlay', '--reason', 'golden'])
  makeSeveral()
  backup('several', [join(stage, 'a/data'), join(stage, 'b/data')])
  backup('one-file', [join(source, 'hello')])
  makePartial()
  backup('trash', [join(stage, 'a/data')])
  holdfast(['expire', 'tag:trash', '--no-keep-newest'])
  holdfast(['expire', 'tag:gone', '--at-once'])
  for (let i = 0; i < 2; i++) holdfast(['gc', '--grace', '0d', '--min-dead', '0'])
  holdfast(['verify', '--read-data'])
  finish()
}

/** The secrets are for everybody to see: they open this vault and nothing else. */
function writeCredentials(): void {
  const lines = execFileSync('/usr/bin/python3', [
    '-c',
    'import base64,hashlib\nk=hashlib.sha256(b"the golden vault of holdfast").digest()\n' +
      'print("holdfast-key-v1",base64.b64encode(k).decode(),hashlib.sha256(b"holdfast-key-v1\\n"+k).hexdigest()[:16],sep="\\n")',
  ])
  const text = `# Opens the golden vault of the tests, and nothing else.\n${lines}`
  fs.writeFileSync(join(folder, 'key-file'), text, { mode: 0o600 })
  fs.writeFileSync(join(folder, 'passphrase'), 'correct golden horse\n', { mode: 0o600 })
}

function fillFirst(): void {
  const at = (name: string) => join(source, name)
  for (const name of ['folder/within/deep', 'empty folder', 'many'])
    fs.mkdirSync(at(name), { recursive: true })
  fs.writeFileSync(at('hello'), 'hello\n')
  fs.writeFileSync(at('empty'), '')
  for (const size of [1, 255, 256, 257]) fs.writeFileSync(at(`bytes ${size}`), textOf(size, size))
  fs.writeFileSync(at('folder/one chunk'), textOf(1, 40_000))
  fs.writeFileSync(at('folder/within/two chunks'), textOf(2, 350_000))
  fs.writeFileSync(at('folder/within/the same'), textOf(2, 350_000))
  fs.writeFileSync(at('folder/within/deep/many pieces'), textOf(3, 300_000).repeat(30))
  writeWithHoles(at('folder/holes'))
  fs.writeFileSync(at('all hole'), '')
  fs.truncateSync(at('all hole'), 3_000_000)
  fs.writeFileSync(
    Buffer.concat([Buffer.from(at('not ')), Buffer.from([0xff, 0xfe, 0x80])]),
    'not UTF-8',
  )
  fs.writeFileSync(at('hex:00'), 'a name that begins like digits of bytes')
  fs.writeFileSync(at('line\nfeed, \x1b[31m and \u202ebidi'), 'hostile')
  fs.writeFileSync(at('ä'.repeat(127)), 'a long name')
  fs.linkSync(at('folder/one chunk'), at('folder/within/another name'))
  fs.symlinkSync('folder/one chunk', at('link'))
  fs.symlinkSync(Buffer.from([0x2f, 0xfd, 0x2f]), at('link to bytes'))
  run('mkfifo', at('fifo'))
  run('mknod', at('device'), 'c', '1', '3')
  run('mknod', at('disk'), 'b', '259', '70000')
  run('setfattr', '-n', 'user.note', '-v', '0x00ff0a', at('hello'))
  run('setfattr', '-n', 'user.empty', at('hello'))
  run('setfacl', '-m', 'u:12345:rx,d:g:54321:rwx', at('folder'))
  run('setcap', 'cap_net_raw+ep', at('bytes 257'))
  run('chattr', '+d', at('bytes 255'))
  fs.chmodSync(at('bytes 256'), 0o6751)
  fs.chmodSync(at('empty folder'), 0o1777)
  fs.chownSync(at('bytes 1'), 4_000_000, 5_000_000)
  for (let i = 0; i < entriesInMany; i++)
    fs.writeFileSync(at(`many/${i.toString(36)}`), i % 9 === 0 ? `${i}` : '')
  age()
  run('touch', '-d', '1935-01-02T03:04:05.000000007Z', at('empty'))
}

function changeForOverlay(): void {
  const at = (name: string) => join(source, name)
  for (const name of ['bytes 1', 'many/10', 'many/11', 'many/zz', 'link']) fs.rmSync(at(name))
  fs.rmSync(at('folder/within/deep'), { recursive: true })
  fs.appendFileSync(at('hello'), 'again\n')
  fs.writeFileSync(at('many/12'), 'no longer empty')
  fs.writeFileSync(at('many/1_'), 'between two of the base')
  fs.writeFileSync(at('a new file'), textOf(5, 5000))
  fs.mkdirSync(at('link'))
  fs.writeFileSync(at('link/file where a link was'), '')
  fs.renameSync(at('folder/within/two chunks'), at('zz moved'))
  for (const name of ['a new file', 'hello', 'link', 'many/12', 'folder/within'])
    run('touch', '-d', '2022-03-04T05:06:07.000000001Z', at(name))
}

function makeSeveral(): void {
  for (const name of ['a/data/within', 'b/data'])
    fs.mkdirSync(join(stage, name), { recursive: true })
  fs.writeFileSync(join(stage, 'a/data/within/file'), 'of a')
  fs.writeFileSync(join(stage, 'b/data/file'), 'of b')
  run(
    'touch',
    '-d',
    past,
    ...['a/data/within', 'a/data', 'b/data'].map((name) => join(stage, name)),
  )
}

/** By a user who may not read everything. */
function makePartial(): void {
  const partial = join(stage, 'partial')
  fs.mkdirSync(join(partial, 'closed folder'), { recursive: true })
  for (const name of ['open', 'closed', 'closed folder/file'])
    fs.writeFileSync(join(partial, name), name)
  for (const name of ['closed', 'closed folder']) fs.chmodSync(join(partial, name), 0)
  run('chown', '-R', `${nobody}:${nobody}`, vault)
  fs.chmodSync(join(folder, 'key-file'), 0o644)
  backup('partial', [partial], nobody)
  fs.chmodSync(join(folder, 'key-file'), 0o600)
  run('chown', '-R', '0:0', vault)
}

function backup(tag: string, sources: readonly string[], uid = 0): void {
  const out = holdfast(['backup', ...sources, '--tag', tag, '--host', 'golden', '--json'], uid)
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const made = lines.find(({ event }) => event === 'point')
  const failed = lines.filter(({ event }) => event === 'failure')
  const failures = new Map(failed.map(({ path, reason }) => [path, { path, reason }]))
  points.push({
    id: made.id,
    tag,
    status: made.status,
    holds: tag === 'overlay' ? ['golden'] : [],
    inTrash: tag === 'trash',
    hasOverlay: tag === 'overlay' || tag === 'first',
    failures: [...failures.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    sources: made.sources,
    entries: made.sources
      .flatMap(({ path, prefix }: { path: string; prefix: string }) =>
        // A file that is a source by itself stands under its own name.
        factsOf(path).map((facts) =>
          under(fs.statSync(path).isFile() ? basename(path) : prefix, facts),
        ),
      )
      .filter(({ path }: Facts) => uid === 0 || !path.startsWith('closed')),
  })
}

function under(prefix: string, facts: Facts): Facts {
  if (prefix === '') return facts
  return { ...facts, path: facts.path === '' ? prefix : `${prefix}/${facts.path}` }
}

function finish(): void {
  const kept = points.filter(({ tag }) => tag !== 'gone')
  const packed = gzipSync(JSON.stringify(kept), { level: 9 })
  fs.writeFileSync(join(folder, 'expected.json.gz'), packed)
  // Who held the locks is nobody's business any more; and empty folders are not kept by git.
  for (const name of ['owner.lock', 'readers.lock', 'tmp'])
    fs.rmSync(join(vault, name), { recursive: true })
  fs.cpSync(vault, join(folder, 'vault'), { recursive: true })
  fs.rmSync(stage, { recursive: true })
}

function holdfast(words: readonly string[], uid = 0): string {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: stage,
    XDG_CACHE_HOME: join(stage, `cache-${uid}`),
    HOLDFAST_VAULT: vault,
    HOLDFAST_KEY_FILE: join(folder, 'key-file'),
  }
  try {
    return execFileSync(process.execPath, [launcher, ...words], {
      encoding: 'utf8',
      env,
      uid,
      gid: uid,
    })
  } catch (problem) {
    const { status, stdout } = problem as { status?: number; stdout?: string }
    if (status === 3 && stdout !== undefined) return stdout
    throw problem
  }
}

/** Text that says little for its length, so that the vault stays small. */
function textOf(seed: number, length: number): string {
  let text = ''
  let state = seed
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    text += `${seed}: of all the letters in this long letter, number ${state % 1009} follows number ${text.length}\n`
  }
  return text.slice(0, length)
}

function writeWithHoles(path: string): void {
  const file = fs.openSync(path, 'w')
  fs.writeSync(file, textOf(4, 200_000), 1_000_000)
  fs.writeSync(file, textOf(5, 10), 4_000_000)
  fs.ftruncateSync(file, 5_000_000)
  fs.closeSync(file)
}

function age(): void {
  run('bash', '-c', `find ${source} -print0 | xargs -0 touch -h -d ${past}`)
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words)
}
