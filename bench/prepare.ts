// Builds the data sets (npx node bench/prepare.ts --sets DIR --set D1,D2,D3,D4 --old A --new B).
// The recipes stand in bench/README.md; each set takes the layout of data-set.ts.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { editLargeFile, editTree, listFiles, writePaths } from './edits.ts'
import { seededRandom } from './random.ts'

const settings = parseArgs({
  options: {
    sets: { type: 'string', default: '' },
    set: { type: 'string', default: 'D1,D2,D3,D4' },
    // D1: two Linux source packages, and what to leave out of both.
    old: { type: 'string', default: '' },
    new: { type: 'string', default: '' },
    drop: { type: 'string', default: '' },
    // D2: which tree to copy, and rsync patterns to leave out.
    tree: { type: 'string', default: '/usr' },
    exclude: { type: 'string', default: '' },
    // D3: sizes of the disk image and of the dump.
    image: { type: 'string', default: '600M' },
    dump: { type: 'string', default: '350000000' },
    // D4: how many tiny files.
    files: { type: 'string', default: '200000' },
  },
}).values

const recipes: Readonly<Record<string, (folder: string) => void>> = {
  D1: prepareSources,
  D2: prepareMixed,
  D3: prepareLarge,
  D4: prepareTiny,
}

if (settings.sets === '') throw new Error('--sets DIR is missing: where to build the data sets')
const sets = resolve(settings.sets)
for (const name of settings.set.split(',')) {
  const recipe = recipes[name]
  if (recipe === undefined) throw new Error(`no set ${name}: there are ${Object.keys(recipes)}`)
  const folder = join(sets, name)
  if (existsSync(folder)) throw new Error(`${folder} exists: remove it to build it anew`)
  mkdirSync(join(folder, 'src'), { recursive: true })
  mkdirSync(join(folder, 'alt'))
  recipe(folder)
  writeFileSync(join(folder, 'state'), 'a')
  console.log(`${folder} is ready`)
}

/** A source tree; state b is the next point release: changed, added and removed files only. */
function prepareSources(folder: string): void {
  if (settings.old === '' || settings.new === '') throw new Error('D1 needs --old and --new')
  const next = join(folder, 'next')
  mkdirSync(next)
  unpack(settings.old, join(folder, 'src'))
  unpack(settings.new, next)
  const differing = new Set(listDifferences(join(folder, 'src'), next))
  for (const path of listFiles(next)) {
    if (!differing.has(path)) continue
    mkdirSync(dirname(join(folder, 'alt', path)), { recursive: true })
    renameSync(join(next, path), join(folder, 'alt', path))
  }
  rmSync(next, { recursive: true })
  writePaths(folder, [...differing])
}

/** Server data: a copy of /usr with some xattrs and ACLs, a few per cent of it changed. */
function prepareMixed(folder: string): void {
  const target = join(folder, 'src')
  const excluded = settings.exclude.split(',').filter(Boolean)
  const patterns = excluded.map((pattern) => `--exclude=${pattern}`)
  run('rsync', ['-aHAX', '--one-file-system', ...patterns, `${settings.tree}/`, `${target}/`])
  for (const [index, path] of listFiles(target).entries()) {
    const file = join(target, path)
    if (index % 500 === 0) run('setfattr', ['-n', 'user.bench.origin', '-v', path, file])
    if (index % 2000 === 7) run('setfacl', ['-m', 'u:1234:r', file])
  }
  const each = 0.005
  editTree(folder, 2, { edited: 0.02, removed: each, added: each, moved: each, modeChanged: each })
}

/** A disk image, a tar file and a database dump, made of D1 and D2; one per cent overwritten. */
function prepareLarge(folder: string): void {
  const sources = join(sets, 'D1', 'src')
  const files = join(folder, 'src')
  const filling = join(folder, 'filling')
  mkdirSync(filling)
  for (const part of ['D1/src/drivers', 'D1/src/fs', 'D1/src/net', 'D2/src/bin']) {
    const path = join(sets, part)
    if (existsSync(path)) run('cp', ['-a', path, `${filling}/`])
  }
  run('truncate', ['-s', settings.image, join(files, 'disk.img')])
  run('mkfs.ext4', ['-q', '-F', '-d', filling, join(files, 'disk.img')])
  rmSync(filling, { recursive: true })
  run('tar', ['-C', join(sets, 'D1'), '-cf', join(files, 'tree.tar'), 'src'])
  writeDump(sources, join(files, 'dump.sql'), Number(settings.dump))
  const names = ['disk.img', 'tree.tar', 'dump.sql']
  for (const [index, name] of names.entries()) {
    const [from, to] = [join(files, name), join(folder, 'alt', name)]
    // A file system image never grows in the middle: it gets no insertions.
    editLargeFile({ from, to, seed: 100 + index, insertions: name === 'disk.img' ? 0 : 20 })
  }
  writePaths(folder, names)
}

/** Empty and tiny files, a hundred per folder, in a deep tree. */
function prepareTiny(folder: string): void {
  const random = seededRandom(4)
  const total = Number(settings.files)
  for (let leaf = 0; leaf * 100 < total; leaf += 1) {
    const digits = String(leaf).padStart(5, '0').split('').toReversed()
    const path = join(folder, 'src', ...digits.map((digit, level) => `${level}-${digit}`))
    mkdirSync(join(path, `leaf${leaf}`), { recursive: true })
    for (let file = leaf * 100; file < Math.min(total, leaf * 100 + 100); file += 1) {
      const ending = ['txt', 'c', 'json', 'log'][file % 4]
      const text = `${file} ${random.below(1e9)} ${path}`.slice(0, 10 + random.below(120))
      const content = file % 2 === 0 ? '' : text
      writeFileSync(join(path, `leaf${leaf}`, `f${file.toString(36)}.${ending}`), content)
    }
  }
  const fates = { edited: 0.005, removed: 0.0025, added: 0.0025, moved: 0, modeChanged: 0.001 }
  editTree(folder, 4, fates)
}

function unpack(archive: string, into: string): void {
  const dropped = settings.drop.split(',').filter(Boolean)
  const patterns = dropped.map((path) => `--exclude=*/${path}`)
  const exactly = ['--anchored', '--no-wildcards-match-slash']
  run('tar', ['-C', into, '--strip-components=1', ...exactly, ...patterns, '-xf', resolve(archive)])
}

/** Files whose bytes, mode or presence differ. Links that changed are left as they are. */
function listDifferences(one: string, two: string): readonly string[] {
  const compare = ['-rlpcn', '--out-format=%n', '--delete']
  return run('rsync', [...compare, `${two}/`, `${one}/`])
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('/') && !line.includes(' -> '))
    .map((line) => line.replace(/^deleting /, ''))
}

/** One row of text per source line, as a database would dump a table of them. */
function writeDump(sources: string, file: string, bytesMax: number): void {
  const random = seededRandom(33)
  const dump = openSync(file, 'w')
  let bytes = writeSync(
    dump,
    'CREATE TABLE line(id bigint, path text, no int, at text, body text);\n',
  )
  let id = 0
  for (const path of listFiles(sources).filter((name) => name.endsWith('.c'))) {
    if (bytes >= bytesMax) break
    const lines = readFileSync(join(sources, path), 'latin1').split('\n')
    const rows = lines.map((line, no) => {
      id += 1
      const at = `2026-01-${1 + random.below(28)} ${random.below(24)}:${random.below(60)}`
      return `${id}\t${path}\t${no}\t${at}\t${line.replaceAll('\t', '\\t')}\n`
    })
    bytes += writeSync(dump, Buffer.from(rows.join(''), 'latin1'))
  }
  closeSync(dump)
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`)
  return stdout
}
