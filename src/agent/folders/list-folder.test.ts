// A21: what a server can learn of the folders of a machine, and what it cannot. Real folders, links and names.
import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type ByteString, byteString, isFailure, byteStringFromText as text } from '#base'
import { type FolderNames, type FolderRules, folderLimits, listFolder } from './list-folder.ts'

type Place = {
  readonly at: (path: string) => ByteString
  readonly make: (...paths: string[]) => void
  readonly link: (path: string, to: string) => void
  readonly list: (path: string | ByteString, own?: Partial<Rules>) => FolderNames
  readonly soFar: FolderNames[]
}
type Rules = { readonly roots: readonly string[]; readonly denied: readonly string[] }

async function inPlace(
  work: (place: Place) => Promise<void> | void,
  usual: Partial<Rules> = {},
): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hf-folders-')))
  const at = (path: string) => text(path === '' ? folder : `${folder}/${path}`)
  const soFar: FolderNames[] = []
  try {
    await work({
      at,
      soFar,
      make: (...paths) => {
        for (const path of paths) mkdirSync(join(folder, path), { recursive: true })
      },
      link: (path, to) =>
        symlinkSync(to.startsWith('/') ? to : join(folder, to), join(folder, path)),
      list(path, own = {}) {
        const { roots = ['srv'], denied = [] } = { ...usual, ...own }
        const rules: FolderRules = { roots: roots.map(at), denied: denied.map(at) }
        return listFolder(path as ByteString, rules, folderLimits, (names) => soFar.push(names))
      },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const whole = (...names: string[]) => ({ names: names.map(text), isWhole: true })
const refused = { code: 'agent.policy-refused' }

test('only folders are named, in the order of their bytes, never files', async () => {
  await inPlace(({ at, make, list }) => {
    make('srv/b', 'srv/a', 'srv/.hidden', 'srv/ä')
    writeFileSync(at('srv/file').toString(), '')
    equal(spawnSync('mkfifo', [at('srv/pipe')]).status, 0)
    deepEqual(list(at('srv')), whole('.hidden', 'a', 'b', 'ä'))
    deepEqual(list(`${at('srv')}//a/`), whole())
  })
})

test('names that are no text, and those that steer terminals and pages, come as the bytes that they are', async () => {
  await inPlace(({ at, make, list }) => {
    make('srv')
    const names = ['<img src=x onerror=alert(1)>', '\u202egpj', 'a\nb', '-rf'].map(text)
    const wild = byteString(Uint8Array.of(0xff, 0xfe, 0x20))
    for (const name of [...names, wild]) {
      mkdirSync(Buffer.from(`${at('srv')}/${name}`, 'latin1'))
    }
    deepEqual(list(at('srv')), { names: [...names, wild].sort(), isWhole: true })
    deepEqual(list(`${at('srv')}/${wild}`), whole())
  })
})

test('A21: above the roots there is only the way to them', async () => {
  await inPlace(({ at, make, list }) => {
    make('srv/data/deep', 'srv/private', 'home/ada', 'etc')
    const roots = ['srv/data', 'home', 'gone/away']
    deepEqual(list(at(''), { roots }), whole('home', 'srv'))
    deepEqual(list(at('srv'), { roots }), whole('data'))
    deepEqual(list(at('srv/data'), { roots }), whole('deep'))
    // A root that nothing is restored into leads nowhere.
    deepEqual(list(at(''), { roots, denied: ['home'] }), whole('srv'))
    for (const path of ['srv/private', 'etc', 'etc/none', 'srv/data-too']) {
      throws(() => list(at(path), { roots }), refused, path)
    }
  })
})

test('A21: what is denied is neither named nor listed, and a link is no way around', async () => {
  await inPlace(
    ({ at, make, link, list }) => {
      make('srv/open', 'srv/holdfast/state', 'etc/cron.d')
      link('srv/jobs', 'etc')
      link('srv/state', 'srv/holdfast/state')
      link('srv/same', 'srv/open')
      link('srv/nowhere', 'srv/none')
      link('srv/round', 'srv/round')
      link('srv/gone', 'etc/none')
      link('srv/away', 'etc/none/deep/file')
      deepEqual(list(at('srv')), whole('open', 'same'))
      deepEqual(list(at('srv/same')), whole())
      for (const path of ['srv/holdfast', 'srv/holdfast/state', 'srv/jobs', 'srv/state', 'etc']) {
        throws(() => list(at(path)), refused, path)
      }
      // Whether something is there behind a link is not told either.
      for (const path of [
        'srv/jobs/cron.d',
        'srv/jobs/none',
        'srv/gone',
        'srv/away/x',
        'srv/../etc',
      ]) {
        throws(() => list(at(path)), refused, path)
      }
    },
    { denied: ['srv/holdfast'] },
  )
})

test('A21: a root that is a link is the folder that it leads to, and nothing beside it', async () => {
  await inPlace(({ at, make, link, list }) => {
    make('disk/srv/a', 'disk/other')
    link('srv', 'disk/srv')
    deepEqual(list(at('srv')), whole('a'))
    throws(() => list(at('disk/srv')), refused)
    link('disk/srv/out', 'disk/other')
    deepEqual(list(at('srv')), whole('a'))
  })
})

test('A15, A21: a folder that is swapped for a link while it is looked at shows nothing of where the link leads', async () => {
  const swap = `
    const { renameSync } = require('node:fs')
    const { workerData: [folder, ended] } = require('node:worker_threads')
    const to = (from, name) => renameSync(folder + '/srv/' + from, folder + '/srv/' + name)
    while (Atomics.load(ended, 0) === 0) {
      to('it', 'kept'); to('link', 'it'); to('it', 'link'); to('kept', 'it')
    }`
  await inPlace(async ({ at, make, link, list }) => {
    make('srv/it/open', 'secret/hidden')
    link('srv/link', 'secret')
    const ended = new Int32Array(new SharedArrayBuffer(4))
    const folder = at('').toString()
    const swapper = new Worker(swap, { eval: true, workerData: [folder, ended] })
    const over = once(swapper, 'exit')
    await once(swapper, 'online')
    const seen = new Set<string>()
    for (const endsAt = performance.now() + 1_500; performance.now() < endsAt; ) {
      try {
        for (const name of list(at('srv/it')).names) seen.add(name)
      } catch (problem) {
        ok(isFailure(problem), String(problem))
        seen.add(problem.code)
      }
    }
    Atomics.store(ended, 0, 1)
    await over
    ok(seen.has('open') && seen.has('agent.policy-refused'), [...seen].join(' '))
    ok(!seen.has('hidden'))
  })
})

test('F3: what is not there, and what is no folder, is said so', async () => {
  await inPlace(({ at, make, link, list }) => {
    make('srv')
    writeFileSync(at('srv/file').toString(), '')
    equal(spawnSync('mkfifo', [at('srv/pipe')]).status, 0)
    link('srv/round', 'srv/round')
    link('srv/nowhere', 'srv/none')
    for (const path of ['srv/none', 'srv/none/deep', 'srv/file/deep', 'srv/round', 'srv/nowhere']) {
      throws(() => list(at(path)), { code: 'target.not-found' }, path)
    }
    throws(() => list(at(`srv/${'x'.repeat(300)}`)), { code: 'target.not-found' })
    // A pipe is not opened: that would wait for who writes into it.
    for (const path of ['srv/file', 'srv/pipe']) {
      throws(() => list(at(path)), { code: 'target.not-folder' }, path)
    }
  })
})

test('an answer is bounded: in names, in bytes, in entries that are read, in links that are followed', async () => {
  await inPlace(({ at, make, link }) => {
    make(...Array.from({ length: 30 }, (_, i) => `srv/folder-${i}`))
    for (let i = 0; i < 5; i++) link(`srv/link-${i}`, 'srv/folder-1')
    const rules = { roots: [at('srv')], denied: [] }
    const told: FolderNames[] = []
    const list = (limits: Partial<typeof folderLimits>) =>
      listFolder(at('srv'), rules, { ...folderLimits, ...limits }, (names) => told.push(names))
    const all = list({})
    deepEqual([all.names.length, all.isWhole], [35, true])
    // What was said before links were looked at does not pass for all.
    deepEqual([told[0]?.names.length, told[0]?.isWhole], [30, false])
    deepEqual(list({ namesMax: 7 }), { names: all.names.slice(0, 7), isWhole: false })
    deepEqual(list({ namesMax: 35 }), all)
    equal(list({ bytesMax: 20 }).names.length, 2)
    equal(list({ entriesMax: 10 }).isWhole, false)
    const few = list({ linksMax: 2 })
    deepEqual([few.names.length, few.isWhole], [32, false])
  })
})
