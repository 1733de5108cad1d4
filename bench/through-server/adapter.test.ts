// The adapters of the server on a small set: what the runner does, without its figures.

import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DataSet, enterState, openDataSet } from '../data-set.ts'
import { seededRandom } from '../random.ts'
import { type Sample, Tool } from '../tool.ts'

const adapters = join(import.meta.dirname, '../adapters')
const isRoot = process.getuid?.() === 0
const options = {
  skip: !isRoot
    ? 'needs root: a local policy belongs to root'
    : existsSync('/usr/bin/time')
      ? false
      : 'GNU time is not installed',
}
// The sources: the bundle may be older, or not be there.
process.env['OURS_BIN'] =
  `${process.execPath} ${join(import.meta.dirname, '../../bin/holdfast.js')}`

test('a server and its agent take a set through both states and back', options, async (t) => {
  const { set, tool, folder } = open(t, 'holdfast-server')
  deepEqual((await tool.initialise()).problems, [])
  const pids = pidsOf(folder, 'holdfast-server')
  equal(pids.length, 2)
  const first = await tool.backup('first')
  deepEqual(first.problems, [])
  ok((first.figures.addedBytes ?? 0) > 200_000, 'what does not compress is in the vault')
  deepEqual((await tool.backup('unchanged')).problems, [])
  enterState(set, 'b')
  deepEqual((await tool.backup('changed')).problems, [])
  deepEqual((await tool.restore({ isVerified: true })).problems, [])
  enterState(set, 'a')
  const [difference] = (await tool.restore({ isVerified: true })).problems
  ok(difference?.startsWith('content'), 'the newest backup is of the other state')
  equal((await tool.list(1)).isSupported, false)
  await tool.remove()
  deepEqual(pids.filter(isRunning), [])
  equal(existsSync(join(folder, 'work', 'holdfast-server')), false)
})

test('several agents share a set, and leave it alone', options, async (t) => {
  const { set, tool, folder } = open(t, 'several')
  deepEqual((await tool.initialise()).problems, [])
  const pids = pidsOf(folder, 'several')
  equal(pids.length, 4)
  deepEqual((await tool.backup('first')).problems, [])
  deepEqual((await tool.backup('unchanged')).problems, [])
  const others: readonly Sample[] = [
    await tool.backup('changed'),
    await tool.restore({ isVerified: true }),
  ]
  deepEqual(
    others.map(({ isSupported }) => isSupported),
    [false, false],
  )
  await tool.remove()
  deepEqual(pids.filter(isRunning), [])
  deepEqual(readdirSync(set.folder).toSorted(), ['alt', 'paths.json', 'src', 'state'])
})

type Ends = { after(end: () => Promise<void>): void }

function open(t: Ends, name: string): { set: DataSet; tool: Tool; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-through-server-'))
  const set = makeSet(folder)
  const several = `AGENTS=3 exec bash '${join(adapters, 'holdfast-server.sh')}' "$@"`
  writeFileSync(join(folder, 'several.sh'), several)
  const tool = new Tool(name, set, {
    adapters: name === 'several' ? folder : adapters,
    work: join(folder, 'work'),
    restore: join(folder, 'restored'),
    timeoutSeconds: 240,
    nice: 0,
  })
  t.after(async () => {
    await tool.remove()
    rmSync(folder, { recursive: true })
  })
  return { set, tool, folder }
}

/** 24 files of content that does not compress; one of them differs between the states. */
function makeSet(folder: string): DataSet {
  const place = join(folder, 'sets', 'small')
  mkdirSync(join(place, 'src', 'folder'), { recursive: true })
  mkdirSync(join(place, 'alt', 'folder'), { recursive: true })
  const { below } = seededRandom(1)
  for (let at = 0; at < 24; at++) {
    const bytes = Uint8Array.from({ length: 10_000 }, () => below(256))
    writeFileSync(join(place, 'src', at % 2 === 0 ? 'folder' : '.', `file ${at}`), bytes)
  }
  writeFileSync(join(place, 'alt', 'folder', 'file 0'), 'other')
  writeFileSync(join(place, 'paths.json'), JSON.stringify(['folder/file 0']))
  writeFileSync(join(place, 'state'), 'a')
  return openDataSet(join(folder, 'sets'), 'small')
}

function pidsOf(folder: string, name: string): readonly number[] {
  const file = join(folder, 'work', name, 'cache', 'beside')
  return readFileSync(file, 'utf8').split('\n').map(Number)
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
