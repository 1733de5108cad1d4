// F4, F22: what stands in the way; a restore that was cut short and is run again.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { byteStringFromText, isFailure } from '#base'
import { type ConflictRule, conflictRules } from '#jobs'
import { silentReporter } from '#ports'
import { compareTrees } from '../../bench/compare.ts'
import { needsRoot, pictureOf, RestoreWorld } from './restore-world.ts'

const day = 86_400
const backedUpAt = 1_700_000_000

function bytesOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed + 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

function write(folder: string, name: string, content: string | Buffer, at = backedUpAt): void {
  fs.mkdirSync(join(folder, name, '..'), { recursive: true })
  fs.writeFileSync(join(folder, name), content)
  fs.utimesSync(join(folder, name), at, at)
}

function makeSource(folder: string): void {
  write(folder, 'absent', 'not there')
  write(folder, 'same', 'the very same')
  write(folder, 'older', 'from the point')
  write(folder, 'newer', 'from the point')
  write(folder, 'large', bytesOf(2_000_000, 1))
  write(folder, 'large older', bytesOf(2_000_000, 2))
  write(folder, 'file, now a folder', 'x')
  write(folder, 'folder, now a file/below', 'y')
  write(folder, 'folder, now a link/below', 'z')
  fs.symlinkSync('point', join(folder, 'link'))
}

/** What stands there when the restore comes, and must be judged. */
function makeTarget(folder: string, outside: string): void {
  write(folder, 'same', 'the very same')
  write(folder, 'older', 'standing here', backedUpAt - day)
  write(folder, 'newer', 'standing here', backedUpAt + day)
  write(folder, 'large', bytesOf(2_000_000, 1))
  const changed = bytesOf(2_000_000, 2)
  changed.fill(0, 900_000, 900_010)
  write(folder, 'large older', changed, backedUpAt - day)
  write(folder, 'file, now a folder/inside', 'stays')
  write(folder, 'folder, now a file', 'in the way')
  fs.symlinkSync(outside, join(folder, 'folder, now a link'))
  fs.symlinkSync('standing', join(folder, 'link'))
  write(folder, 'extra', 'nobody asked')
}

function read(folder: string, name: string): string {
  const path = join(folder, name)
  const stats = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return '-'
  if (stats.isSymbolicLink()) return `-> ${fs.readlinkSync(path).replace(/.*\//, '')}`
  if (stats.isDirectory()) return `folder: ${fs.readdirSync(path).join()}`
  const content = fs.readFileSync(path)
  return content.length > 100
    ? execFileSync('sha256sum', [path], { encoding: 'latin1' }).slice(0, 8)
    : content.toString()
}

const expected: Readonly<Record<ConflictRule, Readonly<Record<string, string>>>> = {
  skip: {
    absent: 'not there',
    same: 'the very same',
    older: 'standing here',
    newer: 'standing here',
    'large older': 'target',
    'file, now a folder': 'folder: inside',
    'folder, now a file': 'in the way',
    'folder, now a link': '-> outside',
    link: '-> standing',
    extra: 'nobody asked',
  },
  overwrite: {
    absent: 'not there',
    same: 'the very same',
    older: 'from the point',
    newer: 'from the point',
    'large older': 'point',
    'file, now a folder': 'folder: inside',
    'folder, now a file': 'folder: below',
    'folder, now a link': 'folder: below',
    link: '-> point',
    extra: 'nobody asked',
  },
  newer: {
    absent: 'not there',
    same: 'the very same',
    older: 'from the point',
    newer: 'standing here',
    'large older': 'point',
    'file, now a folder': 'folder: inside',
    'folder, now a file': 'folder: below',
    'folder, now a link': 'folder: below',
    link: '-> standing',
    extra: 'nobody asked',
  },
  rename: {
    absent: 'not there',
    same: 'the very same',
    'same.restored': '-',
    older: 'standing here',
    'older.restored': 'from the point',
    newer: 'standing here',
    'newer.restored': 'from the point',
    'large older': 'target',
    'large older.restored': 'point',
    'file, now a folder': 'folder: inside',
    'file, now a folder.restored': 'x',
    'folder, now a file': 'in the way',
    'folder, now a link': '-> outside',
    link: '-> standing',
    'link.restored': '-> point',
    extra: 'nobody asked',
  },
}

for (const rule of conflictRules)
  test(`F4: ${rule}: what stands in the way is dealt with by the rule, twice with the same end`, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    const target = world.makeFolder('target')
    const outside = world.makeFolder('outside')
    makeSource(source)
    makeTarget(target, outside)
    const sums = { point: read(source, 'large older'), target: read(target, 'large older') }
    const point = await world.backup(source)
    const dry = await world.restore(point, target, { onConflict: rule, dryRun: true })
    const before = pictureOf(target)
    const outcome = await world.restore(point, target, { onConflict: rule })
    const { restored: _, fetchedBytes: __, failed, ...planned } = dry.summary
    for (const [name, count] of Object.entries(planned))
      equal(outcome.summary[name as keyof typeof planned], count, `${name} as the dry run said`)
    equal(outcome.summary.failed >= failed, true)
    ok(before !== pictureOf(target), 'the restore itself does something')
    for (let run = 1; run <= 2; run++) {
      for (const [name, wanted] of Object.entries(expected[rule])) {
        const sum = wanted === 'point' || wanted === 'target' ? sums[wanted] : wanted
        equal(read(target, name), sum, `${name} after run ${run}`)
      }
      deepEqual(fs.readdirSync(outside), [])
      await world.restore(point, target, { onConflict: rule })
    }
    const leftovers = execFileSync('find', [target, '-name', '.holdfast*'], { encoding: 'latin1' })
    equal(leftovers, '')
  })

test('F4: overwriting fetches only what differs, and verifying finds what only looks the same', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  const content = bytesOf(12_000_000, 9)
  write(source, 'file', content)
  write(source, 'touched', bytesOf(1_500_000, 10))
  const point = await world.backup(source)
  const target = world.makeFolder('target')
  await world.restore(point, target)
  const one = Buffer.from(content)
  one[1_234_567] = (one[1_234_567] ?? 0) ^ 1
  write(target, 'file', one, backedUpAt + 1)
  fs.utimesSync(join(target, 'touched'), 5, 5)
  const second = await world.restore(point, target, { onConflict: 'overwrite' })
  deepEqual(compareTrees(source, target), [])
  // Blocks are read whole.
  ok(second.summary.fetchedBytes < 4_300_000, `${second.summary.fetchedBytes} bytes were fetched`)
  equal(second.summary.unchanged, 1)
  equal(second.summary.trusted, 0, 'its content was compared')
  const rotten = Buffer.from(content)
  rotten[5] = (rotten[5] ?? 0) ^ 1
  write(target, 'file', rotten)
  for (const onConflict of conflictRules) {
    const { summary } = await world.restore(point, target, { onConflict })
    ok(fs.readFileSync(join(target, 'file')).equals(rotten), 'what looks the same is left')
    equal(summary.trusted, 2, `${onConflict}: and the report says that it was believed`)
  }
  const verifying = { onConflict: 'overwrite', verifyExisting: true } as const
  const before = pictureOf(target)
  const dry = await world.restore(point, target, { ...verifying, dryRun: true })
  deepEqual([dry.summary.replaced, dry.summary.unchanged, dry.summary.trusted], [1, 1, 0])
  deepEqual([dry.summary.restored, dry.summary.fetchedBytes], [1, 0])
  equal(pictureOf(target), before, 'a dry run that reads content changes nothing')
  const verified = await world.restore(point, target, verifying)
  deepEqual([verified.summary.trusted, verified.summary.replaced], [0, 1])
  deepEqual(compareTrees(source, target), [])
})

/** A tree large enough to be cut short: many files, large ones, hard links, deep folders. */
function makeBusySource(folder: string): void {
  for (let d = 0; d < 16; d++)
    for (let f = 0; f < 32; f++)
      write(folder, `d${d}/s${d % 5}/f${f}`, bytesOf(200 + 40 * f + d, d * 100 + f))
  for (let i = 0; i < 4; i++) write(folder, `d${i}/large`, bytesOf(3_000_000, 1000 + i))
  for (let i = 0; i < 8; i++)
    fs.linkSync(join(folder, `d${i}/s${i % 5}/f7`), join(folder, `d${15 - i}/linked`))
  fs.linkSync(join(folder, 'd0/large'), join(folder, 'd9/large too'))
  for (let d = 0; d < 16; d++) {
    fs.symlinkSync(`s${d % 5}/f1`, join(folder, `d${d}/link`))
    fs.utimesSync(join(folder, `d${d}`), 1000 + d, 1000 + d)
  }
  fs.utimesSync(folder, 77, 77)
}

/** Whatever has its final name is whole. */
function assertWhole(source: string, target: string): number {
  const names = execFileSync('find', [target, '-type', 'f', '-printf', '%P\n'], {
    encoding: 'latin1',
  })
  const whole = names.split('\n').filter((name) => name !== '' && !name.includes('.holdfast-'))
  for (const name of whole)
    ok(
      fs.readFileSync(join(source, name)).equals(fs.readFileSync(join(target, name))),
      `${name} is whole`,
    )
  return whole.length
}

test('F22: aborted at any moment, a restore leaves whole files and nothing else, and the next run ends as a clean one', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  makeBusySource(source)
  const point = await world.backup(source)
  let cut = 0
  for (const progressMax of [0, 2, 5, 9]) {
    const target = world.makeFolder('target')
    const abort = new AbortController()
    let seen = 0
    const progress = () => {
      if (++seen > progressMax) abort.abort()
    }
    const reporter = { ...silentReporter, progress }
    const answer = world.restore(point, target, { reporter, signal: abort.signal, threads: 2 })
    const problem = await answer.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (problem !== undefined) {
      ok(isFailure(problem, 'job.aborted'), String(problem))
      cut++
    }
    const left = execFileSync('find', [target, '-name', '.holdfast*'], { encoding: 'latin1' })
    equal(left, '', 'no temporary file stays')
    const whole = assertWhole(source, target)
    const again = await world.restore(point, target, { threads: 2 })
    equal(again.status, 'complete')
    ok(
      again.summary.unchanged >= whole - 15,
      `${again.summary.unchanged} of ${whole} were not made again`,
    )
    deepEqual(compareTrees(source, target), [], `after an abort at step ${progressMax}`)
  }
  ok(cut >= 3, `${cut} of the runs were cut short`)
})

test('F22: killed, a restore leaves whole files; the next run clears up and ends as a clean one', {
  skip: needsRoot,
}, async (context: TestContext) => {
  const folder = fs.mkdtempSync('/tmp/holdfast-killed-')
  context.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const source = join(folder, 'source')
  makeBusySource(source)
  const program = join(import.meta.dirname, '../../bin/holdfast.js')
  const at = ['--vault', join(folder, 'vault'), '--key-file', join(folder, 'key')]
  const run = (...words: string[]) =>
    execFileSync(process.execPath, [program, ...words, ...at], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  run('init')
  run('backup', source)
  const target = join(folder, 'target')
  fs.mkdirSync(target)
  let leftovers = 0
  for (const filesMin of [1, 200, 400]) {
    const child = spawn(
      process.execPath,
      [program, 'restore', 'latest', '--target', target, ...at],
      { stdio: 'ignore' },
    )
    while (child.exitCode === null && countFiles(target) < filesMin)
      await new Promise((resolve) => setTimeout(resolve, 1))
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    leftovers +=
      execFileSync('find', [target, '-name', '.holdfast*'], { encoding: 'latin1' }).split('\n')
        .length - 1
    assertWhole(source, target)
  }
  context.diagnostic(`${leftovers} temporary files were left by three kills`)
  fs.writeFileSync(join(target, 'd0', '.holdfast-of somebody else'), 'stays')
  run('restore', 'latest', '--target', target)
  equal(fs.readFileSync(join(target, 'd0', '.holdfast-of somebody else'), 'utf8'), 'stays')
  fs.rmSync(join(target, 'd0', '.holdfast-of somebody else'))
  fs.utimesSync(join(target, 'd0'), 1000, 1000)
  deepEqual(compareTrees(source, target), [])
})

function countFiles(folder: string): number {
  return execFileSync('find', [folder, '-type', 'f'], { encoding: 'latin1' }).split('\n').length - 1
}

test('B5: hard links: a part of the names, a first name that stands there already, one that is another file', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  for (const size of [10, 2000, 400_000]) {
    write(source, `a/first ${size}`, bytesOf(size, size))
    fs.mkdirSync(join(source, 'b'), { recursive: true })
    for (const name of ['b/second', 'b/third', 'c'])
      fs.linkSync(join(source, `a/first ${size}`), join(source, `${name} ${size}`))
  }
  const point = await world.backup(source)
  const inodes = (target: string, ...names: string[]) =>
    new Set(names.map((name) => fs.statSync(join(target, name)).ino)).size
  for (const size of [10, 2000, 400_000]) {
    const names = [`a/first ${size}`, `b/second ${size}`, `b/third ${size}`, `c ${size}`]
    const part = world.makeFolder('part')
    const selection = { kind: 'include', paths: [byteStringFromText('b')] } as const
    await world.restore(point, part, { selection })
    equal(inodes(part, `b/second ${size}`, `b/third ${size}`), 1)
    equal(fs.statSync(join(part, `b/second ${size}`)).nlink, 2)

    const resumed = world.makeFolder('resumed')
    await world.restore(point, resumed)
    fs.rmSync(join(resumed, `b/third ${size}`))
    const again = await world.restore(point, resumed)
    equal(again.status, 'complete')
    equal(inodes(resumed, ...names), 1, `${size}: the lost name is linked again`)
    ok(fs.readFileSync(join(resumed, `b/third ${size}`)).equals(bytesOf(size, size)))

    const other = world.makeFolder('other')
    write(other, `c ${size}`, 'another file', 5)
    const kept = await world.restore(point, other)
    equal(kept.status, 'complete')
    equal(fs.readFileSync(join(other, `c ${size}`), 'utf8'), 'another file')
    equal(inodes(other, ...names.slice(0, 3)), 1)
    ok(fs.readFileSync(join(other, `b/third ${size}`)).equals(bytesOf(size, size)))
    await world.restore(point, other, { onConflict: 'overwrite' })
    equal(inodes(other, ...names), 1, `${size}: overwriting links them all`)
    deepEqual(compareTrees(source, other), [])
  }
})

/** mtime in days before the backup, permissions, and how many names. */
function factsOf(path: string): readonly [number, string, number] {
  const { mtimeMs, mode, nlink } = fs.statSync(path)
  return [(backedUpAt - mtimeMs / 1000) / day, (mode & 0o777).toString(8), nlink]
}

for (const onConflict of ['overwrite', 'newer'] as const)
  test(`F4: ${onConflict}: a file that stands there under other names too is not changed under those`, async (context) => {
    const world = await RestoreWorld.make(context)
    const source = world.makeFolder('source')
    const content = bytesOf(20_000, 7)
    write(source, 'a', content, backedUpAt - day)
    write(source, 'b', content)
    write(source, 'c', content)
    fs.chmodSync(join(source, 'a'), 0o640)
    fs.chmodSync(join(source, 'b'), 0o600)
    fs.chmodSync(join(source, 'c'), 0o604)
    const point = await world.backup(source)
    const target = world.makeFolder('target')
    const outside = join(world.makeFolder('elsewhere'), 'outside')
    // Two names of one file, older than the second; and a name of a file that is none of this restore's business.
    write(target, 'a', content, backedUpAt - 2 * day)
    fs.linkSync(join(target, 'a'), join(target, 'b'))
    write(target, 'c', content)
    fs.chmodSync(join(target, 'c'), 0o666)
    fs.linkSync(join(target, 'c'), outside)
    for (let run = 0; run < 2; run++) {
      const { status } = await world.restore(point, target, { onConflict })
      equal(status, 'complete')
      deepEqual(factsOf(join(target, 'a')), [1, '640', 1])
      deepEqual(factsOf(join(target, 'b')), [0, '600', 1])
      deepEqual(factsOf(join(target, 'c')), [0, '604', 1])
      deepEqual(factsOf(outside), [0, '666', 1])
    }
  })

test('F4: names of one file that stand there as one file stay one, and are not written again', async (context) => {
  const world = await RestoreWorld.make(context)
  const source = world.makeFolder('source')
  write(source, 'a', 'one file')
  fs.linkSync(join(source, 'a'), join(source, 'b'))
  const point = await world.backup(source)
  const target = world.makeFolder('target')
  await world.restore(point, target)
  const { ino } = fs.statSync(join(target, 'a'))
  const { summary } = await world.restore(point, target, { onConflict: 'overwrite' })
  equal(summary.unchanged, 2)
  equal(summary.trusted, 2)
  equal(fs.statSync(join(target, 'b')).ino, ino)
})
