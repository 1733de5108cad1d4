// B6, F19: files that vanish, grow, shrink or refuse while the real program reads them. The point is partial and names them.

import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Answer, Desk, readEvents } from '../e2e/program.ts'
import { meanwhile, startProgram } from './running-program.ts'

const needsRoot = process.getuid?.() === 0 ? false : 'needs root'
const nobody = 65534
const largeBytes = 32 * 1024 * 1024

test('B6: a file that vanishes between listing and reading is named, and the others are there', async (context) => {
  const desk = new Desk(context)
  for (let i = 0; i < 40; i++) fs.writeFileSync(join(desk.source, `file ${i}`), `file ${i}`)
  desk.do(['init'])
  const [vanishing, log] = [join(desk.source, 'file 7'), desk.path('calls')]
  const isListed = () => fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('"file 7"')
  // Every opening of the folder and of the file waits, so that it can go when the listing has just seen it.
  const slowly = ['strace', '-f', '-qq', '-o', log, '-e', 'trace=openat,statx', '-P', desk.source]
  slowly.push('-P', vanishing, '-e', 'inject=openat:delay_enter=400000')
  const running = startProgram(desk, ['backup', desk.source, '--json'], slowly)
  const answer = await meanwhile(running, () => {
    if (isListed()) fs.rmSync(vanishing, { force: true })
  })
  deepEqual(failuresOf(answer), [`${vanishing} vanished`])
  deepEqual(countsOf(answer), { files: 39, directories: 1, filesRead: 39 })
  deepEqual(fs.readdirSync(restored(desk)).sort(), fs.readdirSync(desk.source).sort())
})

test('B6: folders that go while they are walked are named, or are not of the point', async (context) => {
  const desk = new Desk(context)
  const folders = 400
  for (let i = 0; i < folders; i++) {
    fs.mkdirSync(join(desk.source, `folder ${i}`))
    fs.writeFileSync(join(desk.source, `folder ${i}/file`), `${i}`)
  }
  desk.do(['init'])
  let next = folders
  const running = startProgram(desk, ['backup', desk.source, '--json'])
  const { code, out, err } = await meanwhile(running, () => {
    for (let i = 0; i < 5 && next > 0; i++)
      fs.rmSync(join(desk.source, `folder ${--next}`), { recursive: true })
  })
  ok(code === 0 || code === 3, err)
  const target = restored(desk)
  const named = readEvents(out).filter(({ event }) => event === 'failure')
  equal(code === 3, named.length > 0)
  for (let i = 0; i < folders; i++) {
    const path = `folder ${i}/file`
    if (fs.existsSync(join(target, path)))
      equal(fs.readFileSync(join(target, path), 'utf8'), `${i}`)
    else ok(i >= next, `${path} was there all the time and is not in the point`)
  }
})

for (const [what, act] of [
  ['grows', (path: string) => fs.appendFileSync(path, 'more')],
  [
    'shrinks and grows',
    (path: string) => {
      fs.truncateSync(path, 1000)
      fs.truncateSync(path, largeBytes)
    },
  ],
  [
    'is written over',
    (path: string) => {
      const file = fs.openSync(path, 'r+')
      fs.writeSync(file, randomBytes(64), 0, 64, Math.floor(Math.random() * largeBytes))
      fs.closeSync(file)
    },
  ],
] as const)
  test(`B6: a file that ${what} while it is read makes the point partial and is named`, async (context) => {
    const desk = new Desk(context)
    const [path, quiet] = [join(desk.source, 'busy'), join(desk.source, 'quiet')]
    fs.writeFileSync(path, randomBytes(largeBytes))
    fs.writeFileSync(quiet, randomBytes(100_000))
    desk.do(['init'])
    const running = startProgram(desk, ['backup', desk.source, '--json'])
    const answer = await meanwhile(running, () => act(path))
    deepEqual(failuresOf(answer), [`${path} changed`])
    const target = restored(desk)
    ok(fs.readFileSync(join(target, 'quiet')).equals(fs.readFileSync(quiet)))
    desk.do(['verify', '--read-data'])
    // Left in peace, it is read anew and the next point is whole.
    desk.do(['backup', desk.source])
    fs.rmSync(target, { recursive: true })
    equal(spawnSync('cmp', [path, join(restored(desk), 'busy')]).status, 0)
  })

test('B6: files and folders that refuse are named, and what they let through is there', {
  skip: needsRoot,
}, (context) => {
  const desk = new Desk(context)
  fs.chmodSync(desk.folder, 0o777)
  for (const name of ['open', 'closed', 'closed folder/within', 'unsearchable/within']) {
    fs.mkdirSync(join(desk.source, name, '..'), { recursive: true })
    fs.writeFileSync(join(desk.source, name), name)
  }
  for (const name of ['closed', 'closed folder']) fs.chmodSync(join(desk.source, name), 0)
  fs.chmodSync(join(desk.source, 'unsearchable'), 0o744)
  const env = { XDG_CACHE_HOME: desk.path('cache of nobody') }
  desk.do(['init'], { uid: nobody, env })
  const answer = desk.run(['backup', desk.source, '--json'], { uid: nobody, env })
  deepEqual(
    failuresOf(answer).toSorted(),
    ['closed', 'closed folder', 'unsearchable/within'].map(
      (name) => `${desk.source}/${name} denied`,
    ),
  )
  deepEqual(countsOf(answer), { files: 1, directories: 2, filesRead: 1 })
  const target = restored(desk)
  equal(fs.readFileSync(join(target, 'open'), 'utf8'), 'open')
  ok(!fs.existsSync(join(target, 'closed')), 'not as an empty file')
})

function failuresOf({ code, out, err }: Answer): readonly string[] {
  equal(code, 3, err + out)
  const events = readEvents(out)
  equal(events.find(({ event }) => event === 'point')?.['status'], 'partial')
  return events
    .filter(({ event }) => event === 'failure')
    .map(({ path, reason }) => `${path} ${reason}`)
}

/** What the point says that it holds. */
function countsOf({ out }: Answer) {
  const line = out.split('\n').find((each) => each.includes('"event":"point"')) ?? '{}'
  const { files, directories, filesRead } = JSON.parse(line).summary
  return { files, directories, filesRead }
}

function restored(desk: Desk): string {
  const target = desk.path('target')
  fs.mkdirSync(target, { mode: 0o700 })
  desk.do(['restore', 'latest', '--target', target])
  return target
}
