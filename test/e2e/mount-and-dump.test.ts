// Looking into points without a restore: mounted, as archives, as a listing. What is compared is told by diff, tar, cmp and
// Python.

import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Desk } from './program.ts'

const needsFuse = { skip: existsSync('/dev/fuse') ? false : 'this machine has no /dev/fuse' }

function fill(source: string): void {
  mkdirSync(join(source, 'docs/old'), { recursive: true })
  for (let i = 0; i < 300; i++)
    writeFileSync(join(source, 'docs', `letter ${i}`), `Dear ${i}\n`.repeat(i))
  writeFileSync(join(source, 'docs/old/large'), randomBytes(7 * 1024 * 1024))
  writeFileSync(join(source, 'holes'), 'begin')
  truncateSync(join(source, 'holes'), 50 * 1024 * 1024)
  writeFileSync(join(source, Buffer.from('bad \xff name', 'latin1').toString('latin1')), 'text')
  symlinkSync('docs/letter 1', join(source, 'link'))
  linkSync(join(source, 'docs/letter 2'), join(source, 'second name'))
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'hello', join(source, 'docs/letter 3')])
}

/** Eight threads at random places of the large files, on both sides. */
const randomReads = `
import os, random, sys
from concurrent.futures import ThreadPoolExecutor
pairs = [tuple(os.open(folder + '/' + name, os.O_RDONLY) for folder in sys.argv[1:]) for name in ('docs/old/large', 'holes')]
def same(seed):
    r = random.Random(seed)
    ours, theirs = pairs[seed % 2]
    at, length = r.randrange(os.fstat(ours).st_size), r.randrange(1, 400000)
    return os.pread(ours, length, at) == os.pread(theirs, length, at)
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(same, range(1000))))`

/** A vault with two points: the second changed a file, lost one and gained one. */
function twoPoints(context: TestContext): Desk {
  const desk = new Desk(context)
  fill(desk.source)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  writeFileSync(join(desk.source, 'docs/letter 5'), 'changed')
  rmSync(join(desk.source, 'docs/letter 6'))
  writeFileSync(join(desk.source, 'docs/letter new'), 'new')
  desk.do(['backup', desk.source])
  return desk
}

async function mounted(desk: Desk, point: string): Promise<ChildProcess> {
  const place = desk.path('mnt')
  mkdirSync(place, { recursive: true })
  const child = desk.start(['mount', point, place, '--json'])
  desk.atEnd(() => spawnSync('fusermount3', ['-uz', place]))
  await new Promise<void>((succeed, fail) => {
    child.stdout?.once('data', () => succeed())
    child.once('exit', (code) => fail(new Error(`the mount ended with ${code}`)))
  })
  return child
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  return await new Promise((done) => child.once('exit', done))
}

test(
  'a mounted point is the folder: diff, parallel cmp, attributes; Ctrl-C ends it',
  needsFuse,
  async (context) => {
    const desk = twoPoints(context)
    const child = await mounted(desk, 'latest')
    const seen = desk.path('mnt')
    const { stdout } = spawnSync('diff', ['-r', '--no-dereference', desk.source, seen], {
      encoding: 'utf8',
    })
    equal(stdout, '')
    const script = 'cd "$1" && find . -type f -print0 | xargs -0 -P 8 -I{} cmp {} "$2"/{}'
    execFileSync('bash', ['-c', script, 'bash', desk.source, seen])
    const reads = [randomReads, desk.source, seen]
    equal(execFileSync('/usr/bin/python3', ['-c', ...reads], { encoding: 'utf8' }).trim(), '1000')
    equal(
      execFileSync('getfattr', ['--only-values', '-n', 'user.note', join(seen, 'docs/letter 3')], {
        encoding: 'utf8',
      }),
      'hello',
    )
    child.kill('SIGINT')
    equal(await ended(child), 0)
    deepEqual(readdirSync(seen), [])
  },
)

test(
  'all points stand side by side, and a mount that others end ends',
  needsFuse,
  async (context) => {
    const desk = twoPoints(context)
    const child = await mounted(desk, 'all')
    const seen = desk.path('mnt')
    const names = readdirSync(seen)
    equal(names.length, 3)
    // Both may be of one second, so their names do not tell which came first.
    const second = readlinkSync(join(seen, 'latest'))
    const first = names.find((name) => name !== 'latest' && name !== second) ?? ''
    ok(existsSync(join(seen, first, 'docs/letter 6')))
    ok(!existsSync(join(seen, second, 'docs/letter 6')))
    equal(
      execFileSync('cat', [join(seen, 'latest/docs/letter 5')], { encoding: 'utf8' }),
      'changed',
    )
    execFileSync('fusermount3', ['-u', seen])
    equal(await ended(child), 0)
  },
)

test('F8 a dumped folder is what tar compares equal, and a zip that Python reads', (context) => {
  const desk = twoPoints(context)
  const out = desk.path('out')
  mkdirSync(out)
  const dump = (words: string, target: string) => {
    const line = `"$0" "$1" dump latest ${words} > "$2"`
    const launcher = join(import.meta.dirname, '../../bin/holdfast.js')
    const { status, stderr } = spawnSync('bash', ['-c', line, process.execPath, launcher, target], {
      encoding: 'utf8',
      env: { ...process.env, HOLDFAST_VAULT: desk.vault, HOLDFAST_KEY_FILE: desk.keyFile },
    })
    equal(status, 0, stderr)
  }
  const tar = desk.path('a.tar')
  dump(`'${desk.source}'`, tar)
  const flags = ['--xattrs', '--xattrs-include=user.*', '-C', desk.source]
  const compared = spawnSync('tar', ['-d', '-f', tar, ...flags], { encoding: 'utf8' })
  equal(compared.stdout + compared.stderr, '')
  equal(compared.status, 0)
  const zip = desk.path('a.zip')
  dump(`'${desk.source}/docs' --format zip`, zip)
  execFileSync('unzip', ['-q', zip, '-d', out])
  equal(spawnSync('diff', ['-r', join(desk.source, 'docs'), out]).status, 0)
  dump(`'${desk.source}/docs/old/large'`, desk.path('large'))
  equal(spawnSync('cmp', [join(desk.source, 'docs/old/large'), desk.path('large')]).status, 0)
})

test('patterns, sizes and listings of the program are those of the rules (B3)', (context) => {
  const desk = new Desk(context)
  for (const path of ['a/x.log', 'a/keep.log', 'a/tmp/f', 'b/large', 'b/tmp']) {
    mkdirSync(join(desk.source, path, '..'), { recursive: true })
    writeFileSync(join(desk.source, path), path === 'b/large' ? randomBytes(5000) : path)
  }
  desk.do(['init'])
  const rules = ['--exclude', '*.log', '--include', 'keep.log', '--exclude', 'tmp/']
  desk.do(['backup', desk.source, ...rules, '--exclude-larger-than', '4KiB'])
  const lines = desk.do(['ls', 'latest']).trim().split('\n')
  const shown = lines.map((line) => line.slice(desk.source.length)).sort()
  deepEqual(shown, ['', '/a', '/a/keep.log', '/b', '/b/tmp'])
  match(desk.do(['find', 'keep*']), /a\/keep\.log/)
})
