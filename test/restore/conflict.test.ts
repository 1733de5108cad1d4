// F4, F22: what stands in the way; a restore that was cut short and is run again.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isFailure } from '#base'
import { type ConflictRule, conflictRules } from '#jobs'
import { silentReporter } from '#ports'
import { compareTrees } from '../../bench/compare.ts'
import { backedUpAt, day, noise, write } from './files.ts'
import { needsRoot, pictureOf, RestoreWorld } from './restore-world.ts'

function makeSource(folder: string): void {
  write(folder, 'absent', 'not there')
  write(folder, 'same', 'the very same')
  write(folder, 'older', 'from the point')
  write(folder, 'newer', 'from the point')
  write(folder, 'large', noise(2_000_000, 1))
  write(folder, 'large older', noise(2_000_000, 2))
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
  write(folder, 'large', noise(2_000_000, 1))
  const changed = noise(2_000_000, 2)
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
  const content = noise(12_000_000, 9)
  write(source, 'file', content)
  write(source, 'touched', noise(1_500_000, 10))
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
      write(folder, `d${d}/s${d % 5}/f${f}`, noise(200 + 40 * f + d, d * 100 + f))
  for (let i = 0; i < 4; i++) write(folder, `d${i}/large`, noise(3_000_000, 1000 + i))
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
