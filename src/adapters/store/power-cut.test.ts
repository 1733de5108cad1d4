// F01 for the real thing: strace writes down every system call of a process that uses the store; each beginning of that
// list is played on a disk model, whose power is cut; what survives is laid out as a folder again and opened. So the
// sequence of steps that is tried is the one that the kernel saw, whatever the code believes of itself.
import { equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { forEachLimited } from '#base'
import type { ObjectKind, ObjectName } from '#engine'
import { PowerCutDisk, SeededRandom } from '#ports'
import { listed, nameOf } from '../../ports/sample-objects.contract.ts'
import { openDirectoryStore } from './directory-store.ts'

const signal = new AbortController().signal
// In memory where possible: thousands of real syncs would prove nothing more.
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const root = mkdtempSync(join(place, 'holdfast-power-'))
test.after(() => rmSync(root, { recursive: true, force: true }))
const contractUrl = new URL('../../ports/sample-objects.contract.ts', import.meta.url).href
const storeUrl = new URL('./directory-store.ts', import.meta.url).href

const kinds: readonly ObjectKind[] = ['pack', 'index', 'point', 'slot', 'ledger']
const objects = 10
const cutsAtOnce = 8

/** Object `i` is of kind `i % 5`; those of 0 to 4 are removed again at the end. */
function bytesOf(i: number): Uint8Array {
  return new TextEncoder().encode(`object ${i} `.repeat(20 + i))
}

function objectOf(i: number): ObjectName {
  return nameOf(kinds[i % kinds.length] ?? 'pack', bytesOf(i))
}

const program = `
  import { writeSync } from 'node:fs'
  import { openDirectoryStore } from '${storeUrl}'
  import { nameOf, proofFor } from '${contractUrl}'
  const kinds = ${JSON.stringify(kinds)}
  const signal = new AbortController().signal
  const bytesOf = (i) => new TextEncoder().encode(\`object \${i} \`.repeat(20 + i))
  const objectOf = (i) => nameOf(kinds[i % kinds.length], bytesOf(i))
  const store = await openDirectoryStore(process.argv[1], { createMissing: false })
  for (let i = 0; i < ${objects}; i++) {
    if (i % 2 === 0) {
      const draft = await store.draft(kinds[i % kinds.length], signal)
      await draft.append(bytesOf(i).subarray(0, 50), signal)
      await draft.append(bytesOf(i).subarray(50), signal)
      await draft.publish(objectOf(i), signal)
    } else {
      await store.put(objectOf(i), bytesOf(i), signal)
    }
    writeSync(1, \`stored \${i};\`)
  }
  for (let i = 0; i < kinds.length; i++) {
    const name = objectOf(i)
    writeSync(1, \`removing \${i};\`)
    if (name.startsWith('pack/')) await store.removePack(name, proofFor(name), signal)
    else await store.removeRecord(name, signal)
    writeSync(1, \`removed \${i};\`)
  }
`

type Call = { readonly name: string; readonly texts: readonly string[]; readonly line: string }

/** The calls that concern the folder, with paths relative to it. Undefined where strace cannot trace. */
function traceCalls(folder: string): readonly Call[] | undefined {
  const trace = join(root, 'trace')
  const traced = 'openat,mkdir,link,rename,unlink,fsync,fdatasync,pwrite64,write,ftruncate'
  const run = spawnSync(
    'strace',
    [
      ...['-f', '-y', '-s', '4096', '-o', trace, '-e', `trace=${traced}`],
      ...[process.execPath, '--input-type=module', '-e', program, folder],
    ],
    { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } },
  )
  if (run.error !== undefined || /ptrace|not permitted/i.test(run.stderr)) return undefined
  equal(run.status, 0, run.stderr)
  const begun = new Map<string, string>()
  return readFileSync(trace, 'latin1')
    .split('\n')
    .flatMap((text) => {
      const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(text) ?? []
      const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(call)
      if (unfinished !== null) begun.set(thread, unfinished[1] ?? '')
      const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(call)
      const line = resumed === null ? call : `${begun.get(thread)}${resumed[1]}`
      const done = unfinished === null && / = \d/.test(line)
      return done ? [parseCall(line, folder)] : []
    })
    .filter(({ texts }) => texts.length > 0)
}

function parseCall(line: string, folder: string): Call {
  const name = line.slice(0, line.indexOf('('))
  const outside = name === 'write' && !line.startsWith('write(1<')
  const strings = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|^\w+\(\d+<([^>]*)>/g)]
  const texts = strings.map(([, quoted, opened]) => opened ?? textOf(quoted ?? ''))
  const concerned = name === 'write' || texts.some((text) => text.startsWith(folder))
  const relative = texts.map((text) =>
    text.startsWith(folder) ? text.slice(folder.length + 1) : text,
  )
  return { name, texts: concerned && !outside ? relative : [], line }
}

/** strace writes bytes that cannot be printed as C does. */
function textOf(text: string): string {
  const words: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' }
  return text.replace(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (words[code] ?? code),
  )
}

type Told = {
  readonly stored: Set<number>
  readonly removing: Set<number>
  readonly removed: Set<number>
}

function play(disk: PowerCutDisk, told: Told, { name, texts, line }: Call): void {
  const [first = '', second = ''] = texts
  if (name === 'mkdir') disk.makeFolder(first)
  else if (name === 'openat' && line.includes('O_CREAT')) disk.create(first)
  else if (name === 'pwrite64') disk.append(first, Buffer.from(second, 'latin1'))
  else if (name === 'fsync' && disk.hasFolder(first)) disk.syncFolder(first)
  else if (name === 'fsync') disk.sync(first)
  else if (name === 'link') ok(disk.link(first, second))
  else if (name === 'unlink') disk.unlink(first)
  else if (name === 'write') {
    for (const [, word, i] of second.matchAll(/(stored|removing|removed) (\d+);/g)) {
      told[word as keyof Told].add(Number(i))
    }
  } else ok(name === 'openat', `${line} is a call that the test does not know`)
}

function layOut(disk: PowerCutDisk, folder: string, path = ''): void {
  for (const name of disk.names(path)) {
    const below = path === '' ? name : `${path}/${name}`
    const bytes = disk.read(below)
    if (bytes === undefined) {
      mkdirSync(join(folder, below), { recursive: true })
      layOut(disk, folder, below)
    } else {
      mkdirSync(dirname(join(folder, below)), { recursive: true })
      writeFileSync(join(folder, below), bytes)
    }
  }
}

/** @returns what is wrong with the folder that survived. */
async function examine(folder: string, told: Told): Promise<string | undefined> {
  const store = await openDirectoryStore(folder, { createMissing: false })
  const there = new Set<ObjectName>()
  for (const kind of kinds) for (const { name } of await listed(store, kind)) there.add(name)
  for (let i = 0; i < objects; i++) {
    const name = objectOf(i)
    if (told.stored.has(i) && !told.removing.has(i) && !there.has(name)) return `${name} was lost`
    if (told.removed.has(i) && there.has(name)) return `${name} came back`
    if (!there.has(name)) continue
    const found = await store.find(name, undefined, signal)
    if (found === undefined || Buffer.compare(found, bytesOf(i)) !== 0) return `${name} is torn`
    await store.put(name, bytesOf(i), signal)
  }
  const last = bytesOf(objects)
  for (const kind of kinds) await store.put(nameOf(kind, last), last, signal)
  return undefined
}

async function cutEverywhere(
  calls: readonly Call[],
  tries: number,
): Promise<{ readonly cuts: number; readonly problems: readonly string[] }> {
  const problems: string[] = []
  const cuts = calls.flatMap((_, i) =>
    Array.from({ length: tries }, (_unused, seed) => ({ end: i + 1, seed })),
  )
  await forEachLimited(cuts, cutsAtOnce, async ({ end, seed }) => {
    const disk = new PowerCutDisk()
    const told: Told = { stored: new Set(), removing: new Set(), removed: new Set() }
    for (const call of calls.slice(0, end)) play(disk, told, call)
    disk.crash(new SeededRandom(end * 1000 + seed))
    const folder = mkdtempSync(join(root, 'cut-'))
    layOut(disk, folder)
    const problem = await examine(folder, told).catch(String)
    if (problem !== undefined) problems.push(`cut after call ${end}, seed ${seed}: ${problem}`)
    rmSync(folder, { recursive: true })
  })
  return { cuts: cuts.length, problems }
}

test('F01: the power is cut after any system call of the store: nothing acknowledged is lost, nothing is torn', async (context) => {
  const folder = join(root, 'vault')
  mkdirSync(folder)
  const calls = traceCalls(folder)
  if (calls === undefined) return context.skip('strace cannot trace here')
  ok(calls.length > 150, `${calls.length} calls`)
  const { cuts, problems } = await cutEverywhere(calls, 2)
  equal(problems.length, 0, problems.slice(0, 5).join('\n'))
  context.diagnostic(`${cuts} power cuts over ${calls.length} calls`)

  // The test of the test: the same calls without a sync of their kind do not survive.
  const isFolder = (path: string) => !/[0-9a-f]{12}/.test(path) || path.endsWith('/')
  const withoutData = calls.filter(
    ({ name, texts }) => name !== 'fsync' || isFolder(texts[0] ?? ''),
  )
  const withoutFolders = calls.filter(
    ({ name, texts }) => name !== 'fsync' || !isFolder(texts[0] ?? ''),
  )
  for (const fewer of [withoutData, withoutFolders]) {
    ok(fewer.length < calls.length)
    ok((await cutEverywhere(fewer.slice(0, 80), 2)).problems.length > 5)
  }
})
