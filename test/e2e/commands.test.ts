// Commands beside the main job, with the real program.

import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandEntries, isGroup } from '#cli'
import { Desk, readEvents } from './program.ts'

function makeTwoPoints(desk: Desk): void {
  writeFileSync(join(desk.source, 'notes'), 'first')
  writeFileSync(join(desk.source, 'same'), 'same')
  desk.do(['init'])
  desk.do(['backup', desk.source, '--tag', 'first'])
  writeFileSync(join(desk.source, 'notes'), 'second, longer')
  desk.do(['backup', desk.source, '--tag', 'second'])
}

test('every command explains itself without a vault', async (context) => {
  const desk = new Desk(context)
  const overview = desk.do(['--help'])
  for (const entry of commandEntries) {
    ok(overview.includes(`  ${entry.name} `), entry.name)
    const command = await entry.load()
    const help = desk.do([entry.name, '--help'])
    match(help, new RegExp(`^Usage: holdfast ${entry.name} `))
    ok(isGroup(command) || help.includes('Examples:'), entry.name)
  }
  match(desk.do(['help', 'restore']), /^Usage: holdfast restore POINT/)
  match(desk.do(['--version']), /^holdfast \d+\.\d+\.\d+\n$/)
})

test('with --json every command speaks in event lines and in nothing else', (context) => {
  const desk = new Desk(context)
  makeTwoPoints(desk)
  const target = desk.path('target')
  mkdirSync(target)
  const calls: readonly (readonly [words: readonly string[], events: readonly string[]])[] = [
    [['points'], ['point', 'point']],
    [
      ['ls', 'latest'],
      ['entry', 'entry', 'entry'],
    ],
    [
      ['find', 'notes'],
      ['found', 'found', 'summary'],
    ],
    [
      ['history', join(desk.source, 'notes')],
      ['version', 'version'],
    ],
    [
      ['diff', 'tag:first', 'latest'],
      ['difference', 'summary'],
    ],
    [['stats'], ['stats', 'point', 'point']],
    [['restore', 'latest', '--target', target], ['summary']],
    [['verify'], ['summary']],
    [['verify', '--scrub'], ['summary']],
    [['repair'], ['summary', 'repaired']],
    [
      ['key', 'list'],
      ['slot', 'slot'],
    ],
    [['hold', 'latest', '--reason', 'audit'], ['held']],
    [['release', 'latest', '--reason', 'done'], ['released']],
    [
      ['expire', 'tag:first', '--dry-run'],
      ['trashed', 'summary'],
    ],
    [['gc', '--dry-run'], ['proposal']],
    [['gc'], ['summary']],
    [['lock'], ['lock']],
    [['version'], ['version']],
  ]
  for (const [words, events] of calls) {
    const told = readEvents(desk.do([...words, '--json'])).map(({ event }) => event)
    const results = told.filter((event) => event !== 'progress')
    deepEqual(results, events, words.join(' '))
  }
})

test('history and find tell the versions of a file and who has them', (context) => {
  const desk = new Desk(context)
  makeTwoPoints(desk)
  const lines = desk.do(['history', join(desk.source, 'notes')]).split('\n')
  match(lines[1] ?? '', /first seen .* 5 B /)
  match(lines[2] ?? '', /changed .* 14 B /)
  match(desk.do(['find', 'same']), /source\/same {2}\([0-9a-f]{8}…[0-9a-f]{8}, 2 points\)\n/)
  equal(desk.run(['history', '/not/there']).code, 1)
})

test('damage is found, set aside, and healed by the next backup', (context) => {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'x'.repeat(5000) + Math.PI)
  desk.do(['init'])
  desk.do(['backup', desk.source])
  const packs = readdirSync(join(desk.vault, 'pack'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('/'))
    .map((name) => join(desk.vault, 'pack', name))
  for (const pack of packs) {
    const bytes = readFileSync(pack)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    // Packs are read-only for everybody; damage asks nobody.
    execFileSync('chmod', ['u+w', pack])
    writeFileSync(pack, bytes)
  }
  const found = desk.run(['verify', '--read-data'])
  equal(found.code, 1)
  match(found.out, /damaged: pack\//)
  equal(desk.run(['verify', '--scrub']).code, 1)
  match(desk.do(['repair', '--read-data', '--dry-run']), /would be set aside: pack\//)
  desk.do(['repair', '--read-data', '--apply'])
  desk.do(['backup', desk.source, '--force'])
  desk.do(['verify', '--read-data'])
  const target = desk.path('target')
  mkdirSync(target)
  desk.do(['restore', 'latest', '--target', target])
  deepEqual(readFileSync(join(target, 'file')), readFileSync(join(desk.source, 'file')))
  const again = ['restore', 'latest', '--target', target]
  match(desk.do(again), /1 file of those in place already was taken .* by time and size alone/)
  doesNotMatch(desk.do([...again, '--verify-existing']), /time and size/)
})

test('verify in shares reads everything in as many runs', (context) => {
  const desk = new Desk(context)
  makeTwoPoints(desk)
  let read = 0
  for (let run = 0; run < 4; run++) {
    const [summary] = readEvents(desk.do(['verify', '--share', '1/4', '--json'])).slice(-1)
    const { packs } = JSON.parse(JSON.stringify(summary))
    read += packs.read
    if (packs.cursor === null) {
      equal(read, packs.total)
      return
    }
  }
  ok(false, 'four quarters are the whole')
})

test('completion offers commands, options, choices, vaults and points', (context) => {
  const desk = new Desk(context)
  makeTwoPoints(desk)
  mkdirSync(desk.path('.config/holdfast'), { recursive: true })
  const config = JSON.stringify({ vaults: { nas: { path: desk.vault } } })
  writeFileSync(desk.path('.config/holdfast/config.json'), config)
  const words = (...typed: string[]) =>
    desk
      .do(['completion', 'words', '--', ...typed])
      .trimEnd()
      .split('\n')
  ok(words('').includes('backup'))
  deepEqual(words('key', ''), ['list', 'add', 'recovery', 'prove', 'remove'])
  ok(words('backup', '--').includes('--exclude-caches'))
  deepEqual(words('restore', 'latest', '--on-conflict', ''), [
    'skip',
    'overwrite',
    'newer',
    'rename',
  ])
  deepEqual(words('points', '--vault', ''), ['nas'])
  deepEqual(words('backup', ''), [':files'])
  const points = words('ls', '')
  equal(points.length, 3)
  match(points.join(' '), /^latest [0-9a-f]{8} [0-9a-f]{8}$/)
  for (const shell of ['bash', 'zsh', 'fish']) desk.do(['completion', shell])
})

test('the bash script completes a command', (context) => {
  const desk = new Desk(context)
  const script = desk.do(['completion', 'bash'])
  writeFileSync(
    desk.path('holdfast'),
    `#!/bin/sh\nexec ${process.execPath} ${launcherPath} "$@"\n`,
    {
      mode: 0o755,
    },
  )
  const typed = `COMP_WORDS=(holdfast poi); COMP_CWORD=1; _holdfast; echo "\${COMPREPLY[@]}"`
  const { stdout } = spawnSync('bash', ['-c', `${script}\n${typed}`], {
    encoding: 'utf8',
    env: { PATH: `${desk.folder}:${process.env['PATH']}`, HOME: desk.folder },
  })
  equal(stdout, 'points\n')
})

const launcherPath = join(import.meta.dirname, '../../bin/holdfast.js')
const canMount = existsSync('/dev/fuse') && spawnSync('fusermount3', ['-V']).status === 0

test('mount shows the points until Ctrl-C', {
  skip: !canMount && 'no FUSE here',
}, async (context) => {
  const desk = new Desk(context)
  makeTwoPoints(desk)
  const folder = desk.path('mounted')
  mkdirSync(folder)
  const child = desk.start(['mount', 'all', folder, '--json'])
  try {
    ok(child.stdout)
    await once(child.stdout, 'data')
    const names = await readdir(folder)
    equal(names.length, 3)
    equal(await readFile(join(folder, 'latest/notes'), 'utf8'), 'second, longer')
    // Both may have been made within one second: their order by name is then chance.
    const points = names.filter((name) => name !== 'latest')
    const notes = points.map((name) => readFile(join(folder, name, 'notes'), 'utf8'))
    deepEqual((await Promise.all(notes)).sort(), ['first', 'second, longer'])
  } finally {
    child.kill('SIGINT')
  }
  const [code] = await once(child, 'exit')
  equal(code, 0)
  deepEqual(await readdir(folder), [])
})
