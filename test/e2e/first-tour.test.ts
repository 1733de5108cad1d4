// The main job with the real program: a folder goes into a vault and comes back, byte for byte. What is compared is told by
// programs that are not ours: diff, find, tar.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Desk, type Line, readEvents } from './program.ts'

function fill(source: string): void {
  mkdirSync(join(source, 'docs/old'), { recursive: true })
  mkdirSync(join(source, 'empty'))
  for (let i = 0; i < 60; i++)
    writeFileSync(join(source, 'docs', `letter ${i}`), `Dear ${i}\n`.repeat(i))
  writeFileSync(join(source, 'docs/old/large'), randomBytes(5 * 1024 * 1024))
  writeFileSync(join(source, 'holes'), 'begin')
  truncateSync(join(source, 'holes'), 3 * 1024 * 1024)
  writeFileSync(join(source, 'empty file'), '')
  symlinkSync('docs/letter 1', join(source, 'link'))
  symlinkSync('/nowhere', join(source, 'dangling'))
  linkSync(join(source, 'docs/letter 2'), join(source, 'docs/second name'))
  execFileSync('mkfifo', [join(source, 'fifo')])
  utimesSync(join(source, 'empty'), 1_000_000_000, 1_234_567_890.123456)
}

/** Every fact of every entry that find can tell and a restore must bring back. */
function factsOf(folder: string): readonly string[] {
  const format = '%P|%y|%m|%U|%G|%s|%T@|%l|%n\\n'
  return execFileSync('find', [folder, '-printf', format], { encoding: 'utf8' }).split('\n').sort()
}

function compare(source: string, target: string): void {
  const { status, stdout } = spawnSync('diff', ['-r', '--no-dereference', source, target], {
    encoding: 'utf8',
  })
  // A FIFO on both sides is a difference to diff, and the only one here.
  const differing = stdout.split('\n').filter((line) => line !== '' && !line.includes('fifo'))
  deepEqual(differing, [])
  ok(status === 0 || status === 1)
  deepEqual(factsOf(target), factsOf(source))
}

test('a folder is backed up and restored, byte for byte and with all that find knows of it', (context) => {
  const desk = new Desk(context)
  fill(desk.source)
  const made = desk.do(['init'])
  match(made, /HF1-[0-9A-Z-]{60,}/)
  match(made, /Tier T0/)
  match(desk.do(['backup', desk.source, '--tag', 'first']), /Made the backup point [0-9a-f]{8}/)
  const target = desk.path('target')
  mkdirSync(target)
  desk.do(['restore', 'latest', '--target', target])
  compare(desk.source, target)
  desk.do(['verify', '--read-data'])
})

test('each point is complete by itself, also after the ones before it have gone', (context) => {
  const desk = new Desk(context)
  fill(desk.source)
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'first', '--retain', '0d'])
  rmSync(join(desk.source, 'docs/letter 7'))
  writeFileSync(join(desk.source, 'docs/letter 8'), 'changed')
  writeFileSync(join(desk.source, 'new'), 'new')
  desk.do(['backup', desk.source])
  const changes = desk.do(['diff', 'tag:first', 'latest', '--no-attributes']).split('\n')
  deepEqual(changes.slice(0, 3), ['+ new', '- docs/letter 7', 'M docs/letter 8'])
  const [first, target] = [desk.path('first'), desk.path('target')]
  for (const folder of [first, target]) mkdirSync(folder)
  desk.do(['restore', 'tag:first', 'docs/letter 7', '--target', first])
  equal(readFileSync(join(first, 'docs/letter 7'), 'utf8'), 'Dear 7\n'.repeat(7))
  match(desk.do(['expire', '--dry-run']), /would be removed: .*its retention has ended/)
  equal(readEvents(desk.do(['points', '--json'])).length, 2)
  match(desk.do(['expire']), /^removed: /)
  desk.do(['gc'])
  equal(readEvents(desk.do(['points', '--json'])).length, 1)
  desk.do(['restore', 'latest', '--target', target])
  compare(desk.source, target)
  desk.do(['verify', '--read-data'])
})

test('every way in opens the vault: key file, passphrase, recovery key', (context) => {
  const desk = new Desk(context)
  const passphrase = desk.path('passphrase')
  writeFileSync(passphrase, 'correct horse\n', { mode: 0o600 })
  const env = { HOLDFAST_KEY_FILE: '' }
  const made = desk.do(['init', '--passphrase-file', passphrase], { env })
  const recoveryKey = /HF1-[0-9A-Z-]+/.exec(made)?.[0] ?? ''
  desk.do(['points', '--passphrase-file', '-'], { env, input: 'correct horse\n' })
  desk.do(['points'], { env: { ...env, HOLDFAST_PASSPHRASE: 'correct horse' } })
  desk.do(['key', 'prove', '--recovery-key-file', '-'], { env, input: `${recoveryKey}\n` })
  desk.do(['key', 'add', '--new-key-file', desk.keyFile, '--passphrase-file', passphrase], { env })
  desk.do(['points'])
  const slots = readEvents(desk.do(['key', 'list', '--json']))
  deepEqual(slots.map(({ kind }) => kind).sort(), ['key-file', 'passphrase', 'recovery'])
  ok(slots.every(({ provenAt }) => provenAt !== null))
  const isKeyFile = ({ kind }: Line) => kind === 'key-file'
  for (const { id } of slots.filter((slot) => !isKeyFile(slot)))
    desk.do(['key', 'remove', String(id)])
  const last = desk.run(['key', 'remove', String(slots.find(isKeyFile)?.['id'])])
  equal(last.code, 1)
  match(last.err, /never left without 1 proven key slot/)
  desk.do(['points'])
})

test('several sources stand side by side, and the vault is never part of its own backup', (context) => {
  const desk = new Desk(context)
  for (const name of ['a/data', 'b/data', 'c']) {
    mkdirSync(desk.path(name), { recursive: true })
    writeFileSync(desk.path(`${name}/file`), name)
  }
  desk.do(['init', '--vault', desk.path('c/vault')])
  const words = ['backup', 'a/data', 'b/data', 'c', '--vault', desk.path('c/vault')]
  desk.do(words)
  const listed = desk
    .do(['ls', 'latest', '--vault', desk.path('c/vault')])
    .trimEnd()
    .split('\n')
  deepEqual(
    listed.sort(),
    ['a/data', 'a/data/file', 'b/data', 'b/data/file', 'c', 'c/file'].map((name) =>
      desk.path(name),
    ),
  )
})

test('patterns decide in their order, and what they leave out is counted', (context) => {
  const desk = new Desk(context)
  for (const name of ['keep.txt', 'drop.tmp', 'wanted.tmp'])
    writeFileSync(join(desk.source, name), name)
  writeFileSync(desk.path('rules'), '# old things\n*.bak\n')
  writeFileSync(join(desk.source, 'x.bak'), '')
  desk.do(['init'])
  const rules = ['--exclude', '*.tmp', '--include', 'wanted.tmp', '--exclude-file', 'rules']
  const [point] = readEvents(desk.do(['backup', desk.source, '--json', ...rules])).slice(-1)
  equal(point?.event, 'point')
  const paths = readEvents(desk.do(['ls', 'latest', '--json'])).map(({ path }) => path)
  deepEqual(
    paths,
    ['', '/keep.txt', '/wanted.tmp'].map((name) => desk.source + name),
  )
})

test('a dry run of a backup tells what it would add, to the byte, and changes nothing', (context) => {
  const desk = new Desk(context)
  fill(desk.source)
  desk.do(['init'])
  const words = ['backup', desk.source, '--json']
  // The lock file is the trace of every reader; the folder that got it has another time.
  const facts = () => factsOf(desk.vault).filter((line) => !line.includes('readers.lock'))
  const before = facts()
  const [planned] = readEvents(desk.do([...words, '--dry-run'])).slice(-1)
  const after = facts()
  deepEqual(
    after.filter((line) => !line.startsWith('|d')),
    before.filter((line) => !line.startsWith('|d')),
  )
  const [made] = readEvents(desk.do(words)).slice(-1)
  equal(planned?.event, 'proposal')
  equal(made?.event, 'point')
  deepEqual(planned?.['summary'], made?.['summary'])
})

test('B3: ignore files and cache tags are obeyed when asked for, and only then', (context) => {
  const desk = new Desk(context)
  for (const folder of ['cache', 'work']) mkdirSync(join(desk.source, folder))
  const tag = 'Signature: 8a477f597d28d172789f06886806bc55\n'
  writeFileSync(join(desk.source, 'cache/CACHEDIR.TAG'), tag)
  writeFileSync(join(desk.source, 'cache/made'), 'can be made again')
  writeFileSync(join(desk.source, 'work/.holdfastignore'), '*.o\n')
  for (const name of ['main.c', 'main.o']) writeFileSync(join(desk.source, 'work', name), name)
  desk.do(['init'])
  const names = (words: readonly string[]) => {
    desk.do(['backup', desk.source, ...words])
    const listed = readEvents(desk.do(['ls', 'latest', '--json']))
    return listed.map(({ path }) => String(path).slice(desk.source.length + 1))
  }
  const all = names([])
  ok(all.includes('cache/made') && all.includes('work/main.o'))
  const some = names(['--use-ignore-files', '--exclude-caches'])
  deepEqual(
    all.filter((name) => !some.includes(name)),
    ['cache/made', 'work/main.o'],
  )
})

test('dump gives one file as it is, and a folder as tar that tar unpacks to the same', (context) => {
  const desk = new Desk(context)
  fill(desk.source)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  equal(desk.do(['dump', 'latest', 'docs/letter 5']), 'Dear 5\n'.repeat(5))
  const child = desk.start(['dump', 'latest'])
  const target = desk.path('target')
  mkdirSync(target)
  ok(child.stdout)
  const chunks: Buffer[] = []
  child.stdout.on('data', (data: Buffer) => chunks.push(data))
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      equal(code, 0)
      execFileSync('tar', ['xf', '-', '-C', target], { input: Buffer.concat(chunks) })
      compare(desk.source, target)
      resolve()
    })
  })
})

test('a locked vault refuses what would end a retention early, and says until when', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'text')
  desk.do(['init', '--lock', 'compliance', '--retention-max', '90d'])
  equal(desk.run(['backup', desk.source]).code, 1, 'forever is never a default in a locked vault')
  const beyond = desk.run(['backup', desk.source, '--retain', '1y'])
  equal(beyond.code, 1)
  match(beyond.err, /A retention of 365 days is outside .* \(0 days to 90 days\)/)
  desk.do(['backup', desk.source, '--retain', '30d'])
  desk.do(['backup', desk.source, '--retain', '30d'])
  const [first] = readEvents(desk.do(['points', '--json']))
  const refused = desk.run(['expire', String(first?.['id'])])
  equal(refused.code, 1)
  match(refused.err, /is locked until \d{4}-/)
  equal(desk.run(['lock', 'governed', '--yes']).code, 1, 'a lock only goes up')
  equal(readEvents(desk.do(['points', '--json'])).length, 2)
})

test('a point named by mistake comes back from the trash', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'text')
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'first'])
  desk.do(['backup', desk.source])
  match(desk.do(['expire', 'tag:first']), /put into the trash until/)
  desk.do(['gc'])
  desk.do(['expire', '--undo', 'tag:first'])
  const target = desk.path('target')
  mkdirSync(target)
  desk.do(['restore', 'tag:first', '--target', target])
  compare(desk.source, target)
})

test('F3 F4 F5: the target must exist, what stands there stays unless told, nothing is a result', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'from the point')
  mkdirSync(join(desk.source, 'empty'))
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const target = desk.path('target')
  const absent = desk.run(['restore', 'latest', '--target', target])
  equal(absent.code, 1)
  match(absent.err, /TARGET_NOT_EXIST/)
  mkdirSync(target)
  const read = () => readFileSync(join(target, 'file'), 'utf8')
  writeFileSync(join(target, 'file'), 'mine')
  desk.do(['restore', 'latest', '--target', target])
  equal(read(), 'mine')
  desk.do(['restore', 'latest', '--target', target, '--on-conflict', 'overwrite', '--dry-run'])
  equal(read(), 'mine')
  desk.do(['restore', 'latest', '--target', target, '--on-conflict', 'overwrite'])
  equal(read(), 'from the point')
  const empty = readEvents(desk.do(['restore', 'latest', 'empty', '--target', target, '--json']))
  equal(empty.at(-1)?.['isEmpty'], true)
})
