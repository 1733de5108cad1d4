// F1, F3: parts of a point to their original places. What is compared is told by find and cmp, before and after.
import { deepEqual, equal } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import type { ConflictRule } from '#jobs'
import { RestoreWorld } from './restore-world.ts'

const destination = { kind: 'original' } as const

/** A folder with a file, and a folder below that has a file of the same name. */
function fill(folder: string, word: string): void {
  fs.mkdirSync(join(folder, 'sub/deep'), { recursive: true })
  fs.writeFileSync(join(folder, 'f'), `${word}: at the top`)
  fs.writeFileSync(join(folder, 'sub/f'), `${word}: in sub`)
  fs.writeFileSync(join(folder, 'sub/deep/f'), `${word}: deep`)
  fs.chmodSync(join(folder, 'sub'), 0o700)
  fs.utimesSync(join(folder, 'sub'), 1, 1)
}

/** Every name below, with what is there. */
function seen(folder: string): string[] {
  const found = execFileSync('find', [folder, '-mindepth', '1', '-printf', '%P %y %m\n'])
  const names = found.toString().trim().split('\n').sort()
  return names.map((line) => {
    const [name = '', kind] = line.split(' ')
    return kind === 'f' ? `${line} ${fs.readFileSync(join(folder, name), 'utf8')}` : line
  })
}

type Case = {
  /** In the folder of the source, and what of it is asked for. */
  readonly asked: readonly string[]
  readonly lost: string
}

const cases: readonly Case[] = [
  { asked: ['f'], lost: 'f' },
  { asked: ['sub'], lost: 'sub' },
  { asked: ['sub/f'], lost: 'sub/f' },
  { asked: ['sub/deep'], lost: 'sub/deep' },
  { asked: ['sub/deep/f'], lost: 'sub' },
  { asked: ['f', 'sub/deep'], lost: 'sub/deep' },
]
const rules: readonly ConflictRule[] = ['skip', 'overwrite', 'newer', 'rename']

for (const { asked, lost } of cases) {
  test(`F3: ${asked.join(' and ')} of one source, and of one of two, comes back to its place and nowhere else`, async (context) => {
    for (const sources of [['one'], ['one', 'two']]) {
      for (const onConflict of rules)
        await restorePart(context, { asked, lost, sources, onConflict })
    }
  })
}

async function restorePart(
  context: TestContext,
  {
    asked,
    lost,
    sources,
    onConflict,
  }: Case & { readonly sources: readonly string[]; readonly onConflict: ConflictRule },
): Promise<void> {
  const world = await RestoreWorld.make(context)
  const base = world.makeFolder('base')
  for (const source of sources) fill(join(base, source), source)
  const point = await world.backup(...sources.map((source) => join(base, source)))
  const before = seen(base)
  fs.rmSync(join(base, 'one', lost), { recursive: true })
  // What is not asked for stays as it is, also where it is not as in the point.
  fs.writeFileSync(join(base, 'one/new'), 'made since')
  const prefix = sources.length === 1 ? '' : `${point.point.sources[0]?.prefix}/`
  const paths = asked.map((path): ByteString => byteStringFromText(prefix + path))
  const selection = { kind: 'include', paths } as const
  const outcome = await world.restore(point, '/nowhere', { destination, selection, onConflict })
  deepEqual([outcome.status, outcome.failures], ['complete', []])
  const wanted = lost === 'sub' && asked[0] === 'sub/deep/f' ? withoutSubFile(before) : before
  deepEqual(seen(base), [...wanted, 'one/new f 644 made since'].sort())
}

/** Only the way to what was asked for is made. */
function withoutSubFile(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith('one/sub/f '))
}

test('F3: everything but a path goes back, and the source keeps what was left out', async (context) => {
  const world = await RestoreWorld.make(context)
  const base = world.makeFolder('base')
  fill(join(base, 'one'), 'one')
  const point = await world.backup(join(base, 'one'))
  fs.writeFileSync(join(base, 'one/f'), 'changed')
  fs.rmSync(join(base, 'one/sub'), { recursive: true })
  const selection = { kind: 'exclude', paths: [byteStringFromText('f')] } as const
  const outcome = await world.restore(point, '/nowhere', {
    destination,
    selection,
    onConflict: 'overwrite',
  })
  equal(outcome.status, 'complete')
  equal(fs.readFileSync(join(base, 'one/f'), 'utf8'), 'changed')
  equal(fs.readFileSync(join(base, 'one/sub/f'), 'utf8'), 'one: in sub')
})

for (const threads of [1, 2])
  test(`F1, F4: a dry run for places whose folders are gone makes none of them, and foretells all (${threads})`, async (context) => {
    const world = await RestoreWorld.make(context)
    const base = world.makeFolder('base')
    const sources = ['one', 'two'].map((name) => join(base, `${name} above/middle`, name))
    for (const source of sources) fill(source, 'all')
    const point = await world.backup(...sources)
    fs.rmSync(join(base, 'one above'), { recursive: true })
    fs.rmSync(join(base, 'two above/middle/two'), { recursive: true })
    const before = seen(base)
    const request = { destination, threads, onConflict: 'overwrite' } as const
    const dry = await world.restore(point, '/nowhere', { ...request, dryRun: true })
    deepEqual([dry.status, dry.failures], ['complete', []])
    deepEqual(seen(base), before)
    const { summary } = await world.restore(point, '/nowhere', request)
    equal(dry.summary.restored, summary.restored)
    equal(dry.summary.restoredBytes, summary.restoredBytes)
    equal(seen(base).length, 2 * 8)
  })
