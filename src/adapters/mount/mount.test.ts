import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type ByteString, byteString, byteStringFromText, bytesOf, failure } from '#base'
import { type Entry, encodeExtras, encodeXattrs, entryKey } from '#engine'
import type { ReadableFile, ReadableTree } from '#ports'
import { isMounted, leaveMount } from './mount-point.ts'
import { type Mounted, mountTree } from './mount-tree.ts'
import { candidatePaths, shownName } from './shown-name.ts'

const run = promisify(execFile)
const text = byteStringFromText
const { signal } = new AbortController()
const needsFuse = { skip: existsSync('/dev/fuse') ? false : 'this machine has no /dev/fuse' }

type Described = Partial<Entry> & { readonly content?: Uint8Array }

/** A tree in memory; files named `damaged` cannot be read. */
class MemoryTree implements ReadableTree {
  readonly entries = new Map<ByteString, Entry>()
  readonly #contents = new Map<ByteString, Uint8Array>()

  constructor(described: readonly (readonly [string, Described])[]) {
    for (const [path, { content, ...facts }] of described) {
      const key = entryKey(path as ByteString)
      this.entries.set(path as ByteString, {
        ...plain,
        size: content?.length ?? 0,
        ...facts,
        ...key,
      })
      if (content !== undefined) this.#contents.set(path as ByteString, content)
    }
  }

  async find(path: ByteString): Promise<Entry | undefined> {
    return this.entries.get(path)
  }

  async *list(path: ByteString): AsyncIterable<readonly Entry[]> {
    const { dir } = entryKey((path === '' ? 'x' : `${path}/x`) as ByteString)
    yield [...this.entries.values()].filter((entry) => entry.name !== '' && entry.dir === dir)
  }

  async open(path: ByteString): Promise<ReadableFile> {
    const content = this.#contents.get(path) ?? new Uint8Array()
    return {
      size: content.length,
      async read({ offset, length }) {
        if (path.endsWith('damaged')) throw failure('object.damaged', { object: 'x', problem: 'y' })
        return content.subarray(offset, offset + length)
      },
    }
  }
}

const plain: Entry = {
  dir: text(''),
  name: text(''),
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  user: '',
  group: '',
  nlink: 1,
  size: 0,
  mtimeSec: 1_700_000_000,
  mtimeNsec: 123_000_000,
  ctimeSec: 1_700_000_000,
  ctimeNsec: 0,
  inoLow: 0,
  inoHigh: 0,
  inconsistent: false,
  extra: new Uint8Array(),
}

const root = ['', { kind: 'directory', mode: 0o755 }] as const

async function mounted(
  t: TestContext,
  tree: ReadableTree,
  until: AbortSignal = signal,
): Promise<Mounted & { readonly problems: unknown[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast mount-'))
  const problems: unknown[] = []
  const mount = await mountTree(tree, { directory, onProblem: (p) => problems.push(p) }, until)
  t.after(async () => {
    await mount.unmount()
    await mount.ended
    await rmdir(directory)
  })
  return Object.assign(mount, { problems })
}

async function shell(script: string, directory: string): Promise<string> {
  const { stdout } = await run('bash', ['-c', script, 'bash', directory], { maxBuffer: 1e8 })
  return stdout
}

function noise(length: number): Uint8Array {
  let seed = 99
  return new Uint8Array(length).map(() => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return seed >>> 16
  })
}

test(
  'a mount shows what stands there: kinds, modes, owners, times, links, attributes',
  needsFuse,
  async (t) => {
    const xattrs = encodeXattrs([{ name: text('user.note'), value: bytesOf(text('hello')) }])
    const mount = await mounted(
      t,
      new MemoryTree([
        root,
        ['d', { kind: 'directory', mode: 0o750, uid: 12, gid: 34 }],
        [
          'd/f',
          { content: bytesOf(text('content')), mode: 0o640, extra: encodeExtras({ xattrs }) },
        ],
        [
          'd/l',
          { kind: 'symlink', mode: 0o777, extra: encodeExtras({ linkTarget: bytesOf(text('f')) }) },
        ],
        ['d/p', { kind: 'fifo' }],
        ['d/z', { kind: 'charDevice', extra: encodeExtras({ rdev: { major: 1, minor: 3 } }) }],
      ]),
    )
    const format = '%f %u %g %s %t:%T %.3Y %n'
    const seen = await shell(
      `cd "$1/d" && stat -c '${format}' . f l p z && cat l && readlink l`,
      mount.directory,
    )
    deepEqual(seen.split('\n'), [
      '41e8 12 34 0 0:0 1700000000.123 .',
      '81a0 0 0 7 0:0 1700000000.123 f',
      'a1ff 0 0 1 0:0 1700000000.123 l',
      '11a4 0 0 0 0:0 1700000000.123 p',
      '21a4 0 0 0 1:3 1700000000.123 z',
      'contentf',
      '',
    ])
    equal(await shell('getfattr --only-values -n user.note "$1/d/f"', mount.directory), 'hello')
    ok((await shell('getfattr -d "$1/d/f"', mount.directory)).includes('user.note="hello"'))
    deepEqual(mount.problems, [])
  },
)

test('nothing can be written through a mount', needsFuse, async (t) => {
  const mount = await mounted(t, new MemoryTree([root, ['f', { content: bytesOf(text('x')) }]]))
  for (const script of [
    'touch "$1/new"',
    'echo y >> "$1/f"',
    'rm "$1/f"',
    'chmod 777 "$1/f"',
    'mkdir "$1/d"',
  ])
    await rejects(shell(script, mount.directory), /Read-only file system/)
})

test(
  'ten thousand entries are listed, and a thousand random reads give the right bytes',
  needsFuse,
  async (t) => {
    const content = noise(3_000_000)
    const files = Array.from({ length: 10_000 }, (_, i) => [`many/f${i}`, {}] as const)
    const tree = new MemoryTree([
      root,
      ['many', { kind: 'directory' }],
      ...files,
      ['large', { content }],
    ])
    const mount = await mounted(t, tree)
    equal((await shell('ls -l "$1/many" | tail -n +2 | wc -l', mount.directory)).trim(), '10000')
    const script = `
import os, random, sys, hashlib
from concurrent.futures import ThreadPoolExecutor
want = open(sys.argv[2], 'rb').read()
fd = os.open(sys.argv[1] + '/large', os.O_RDONLY)
def one(seed):
    r = random.Random(seed)
    at, n = r.randrange(len(want)), r.randrange(1, 300000)
    return os.pread(fd, n, at) == want[at:at + n]
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(one, range(1000))))`
    const copy = join(await mkdtemp(join(tmpdir(), 'holdfast-copy-')), 'large')
    await writeFile(copy, content)
    const { stdout } = await run('/usr/bin/python3', ['-c', script, mount.directory, copy])
    equal(stdout.trim(), '1000')
    await run('rm', ['-r', join(copy, '..')])
  },
)

test('parallel readers, and the end of a file far beyond four gigabytes', needsFuse, async (t) => {
  const size = 5_000_000_000_000
  const tree = new MemoryTree([root])
  tree.entries.set(text('sparse'), { ...plain, size, name: text('sparse') })
  const open = tree.open.bind(tree)
  tree.open = async (path) => {
    if (path !== 'sparse') return await open(path)
    return {
      size,
      async read({ offset, length }) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
        if (offset + bytes.length === size) bytes.set([101, 110, 100], bytes.length - 3)
        return bytes
      },
    }
  }
  const mount = await mounted(t, tree)
  equal(await shell('tail -c 3 "$1/sparse"', mount.directory), 'end')
  equal(
    (
      await shell(
        'dd if="$1/sparse" bs=1M skip=4000000 count=8 status=none | tr -d "\\0" | wc -c',
        mount.directory,
      )
    ).trim(),
    '0',
  )
})

test(
  'A13 names that are no text lead back to their bytes; hostile ones are not shown',
  needsFuse,
  async (t) => {
    const bad = byteString(Uint8Array.of(0x61, 0xff, 0x62))
    const tree = new MemoryTree([
      root,
      [bad, { content: bytesOf(text('bytes')) }],
      ['..', { content: bytesOf(text('evil')) }],
      ['.', { content: bytesOf(text('evil')) }],
    ])
    tree.entries.set('x/y' as ByteString, { ...plain, name: 'x/y' as ByteString })
    const mount = await mounted(t, tree)
    equal(await shell('cd "$1" && ls -A && cat a*', mount.directory), 'a\\xffb\nbytes')
  },
)

test(
  'damage is an input/output error for the program and named to the user',
  needsFuse,
  async (t) => {
    const mount = await mounted(t, new MemoryTree([root, ['damaged', { content: noise(100) }]]))
    await rejects(shell('cat "$1/damaged"', mount.directory), /Input\/output error/)
    ok(mount.problems.length > 0)
    ok(String(mount.problems[0]).includes('damaged'))
  },
)

test('Ctrl-C unmounts, also while a file is open; so does somebody else', needsFuse, async (t) => {
  const stop = new AbortController()
  const tree = new MemoryTree([root, ['f', { content: noise(1000) }]])
  const first = await mounted(t, tree, stop.signal)
  const holding = run('bash', ['-c', 'exec 3<"$1/f"; echo open; sleep 1', 'bash', first.directory])
  await new Promise<void>((done) => holding.child.stdout?.once('data', () => done()))
  stop.abort()
  await first.ended
  equal(await isMounted(first.directory), false)
  await holding
  const second = await mounted(t, tree)
  await leaveMount(second.directory)
  await second.ended
})

test('a folder that is missing, not empty, or mounted already is refused', needsFuse, async (t) => {
  const tree = new MemoryTree([root])
  const request = { directory: '/nonexistent/place', onProblem() {} }
  await rejects(mountTree(tree, request, signal), { code: 'target.not-found' })
  const full = await mkdtemp(join(tmpdir(), 'holdfast-full-'))
  await mkdir(join(full, 'x'))
  await rejects(mountTree(tree, { ...request, directory: full }, signal), {
    code: 'mount.occupied',
  })
  await run('rm', ['-r', full])
  const mount = await mounted(t, tree)
  await rejects(mountTree(tree, { ...request, directory: mount.directory }, signal), {
    code: 'mount.occupied',
  })
})

test('a mount that a killed process left behind is replaced', needsFuse, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-dead-'))
  const script = `
    const { mountTree } = await import(${JSON.stringify(new URL('./mount-tree.ts', import.meta.url).href)})
    const tree = { find: async () => undefined, async *list() {}, open: async () => undefined }
    await mountTree(tree, { directory: process.argv[1], onProblem() {} }, new AbortController().signal)
    process.kill(process.pid, 'SIGKILL')`
  await rejects(run(process.execPath, ['--input-type=module', '-e', script, directory]))
  equal(await isMounted(directory), true)
  const mount = await mountTree(new MemoryTree([root]), { directory, onProblem() {} }, signal)
  t.after(() => rmdir(directory))
  equal(await shell('ls -A "$1"', directory), '')
  await mount.unmount()
  await mount.ended
})

test('shown names: text stays, other bytes are escaped, and both readings are tried', () => {
  equal(shownName(text('é\\x')), 'é\\x')
  equal(shownName(byteString(Uint8Array.of(0xff, 0x41, 0x80))), '\\xffA\\x80')
  deepEqual(candidatePaths('/a/b'), ['a/b'])
  deepEqual(candidatePaths('/\\xff/b'), ['\\xff/b', '\xff/b'])
  deepEqual(candidatePaths('/'), [''])
})
