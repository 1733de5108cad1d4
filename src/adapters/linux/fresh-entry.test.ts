// A15: in a directory of somebody else's a temporary name may stand for another thing before we open it.
import { equal, throws } from 'node:assert/strict'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import { closeDescriptor, OPEN_DIRECTORY, OPEN_ENTRY, openAt, openPath } from './descriptors.ts'
import { type FreshEntry, requireFresh } from './fresh-entry.ts'
import { kernel } from './kernel.ts'
import { SystemCallError } from './system-error.ts'
import { needsRoot, newWriter, plain, shell, temporaryDirectory, writerIn } from './tree-fixture.ts'

const nobody = 65534
const fifo: FreshEntry = { kind: 'fifo', rdev: { major: 0, minor: 0 } }
const isSwapped = (problem: unknown) =>
  problem instanceof SystemCallError && problem.reason === 'swapped'

/** Makes `x` in a new directory by `script` and asks whether it is what was just made there. */
function examine(t: TestContext, script: string, made: FreshEntry): void {
  const dir = temporaryDirectory(t)
  shell(`cd "$1"; umask 022; ${script}`, dir)
  const parent = openPath(byteStringFromText(dir), { flags: OPEN_DIRECTORY })
  try {
    const path = 'x' as ByteString
    const fd = openAt(parent, path, { flags: OPEN_ENTRY })
    try {
      requireFresh(fd, parent, { ...made, path })
    } finally {
      closeDescriptor(fd)
    }
  } finally {
    closeDescriptor(parent)
  }
}

test('A15: what was just made is taken for it', { skip: needsRoot }, (t) => {
  examine(t, 'mkfifo -m 600 x', fifo)
  examine(t, 'ln -s target x', { ...fifo, kind: 'symlink' })
  examine(t, 'mknod -m 600 x c 1 3', { kind: 'charDevice', rdev: { major: 1, minor: 3 } })
  // A mask of the process takes bits away and adds none.
  examine(t, 'mkfifo -m 000 x', fifo)
})

test('A15: whatever else stands under the temporary name by then is refused', {
  skip: needsRoot,
}, (t) => {
  const others: readonly (readonly [script: string, made: FreshEntry])[] = [
    ['echo secret > x; chmod 600 x', fifo],
    ['mkdir -m 600 x', fifo],
    ['ln -s /etc/shadow x', fifo],
    ['mkfifo -m 640 x', fifo],
    ['mkfifo x; chmod 4600 x', fifo],
    ['mkfifo -m 600 x; ln x y', fifo],
    ['mkfifo -m 600 x; chown 65534 x', fifo],
    ['echo secret > x', { ...fifo, kind: 'symlink' }],
    ['ln -s a x; chown -h 65534 x', { ...fifo, kind: 'symlink' }],
    ['mknod -m 600 x c 1 5', { kind: 'charDevice', rdev: { major: 1, minor: 3 } }],
    ['mknod -m 600 x b 1 3', { kind: 'charDevice', rdev: { major: 1, minor: 3 } }],
  ]
  for (const [script, made] of others) throws(() => examine(t, script, made), isSwapped, script)
})

test('A15: where the files that we make are not ours, as on NFS, theirs is the user to look for', {
  skip: needsRoot,
}, (t) => {
  const { geteuid } = process
  if (geteuid !== undefined) t.after(() => Object.assign(process, { geteuid }))
  Object.assign(process, { geteuid: () => 1 })
  examine(t, 'mkfifo -m 600 x', fifo)
  throws(() => examine(t, 'mkfifo -m 600 x; chown 65534 x', fifo), isSwapped)
})

test('A15: two temporary names of one job have only the job in common', (t) => {
  const dir = temporaryDirectory(t)
  const names: string[] = []
  for (let i = 0; i < 2; i++) {
    using writer = newWriter(dir)
    writer.createFile(byteStringFromText('f'), plain)
    for (const name of fs.readdirSync(dir)) if (!names.includes(name)) names.push(name)
  }
  equal(names.length, 2)
  const chance = names.map((name) => name.slice('.holdfast-0123456789abcdef-'.length))
  for (const part of chance) equal(/^[0-9a-f-]{36}$/.test(part), true, part)
})

test('A15: what is swapped between its making and its opening gets nothing of it and is not removed', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const secret = `${dir}/secret`
  fs.writeFileSync(secret, 'secret', { mode: 0o600 })
  const { call5, sys } = kernel()
  let swapped = ''
  t.mock.method(kernel(), 'call5', (...args: Parameters<typeof call5>) => {
    const answer = call5(...args)
    if (args[0] !== sys.mknodat) return answer
    swapped = fs.readdirSync(dir).find((name) => name.startsWith('.holdfast-')) ?? ''
    fs.renameSync(secret, `${dir}/${swapped}`)
    return answer
  })
  const metadata = { ...plain, kind: 'fifo' as const, mode: 0o666, uid: nobody, gid: nobody }
  throws(() => writer.prepareNode(byteStringFromText('pipe'), metadata, fifo.rdev), isSwapped)
  const { uid, mode } = fs.statSync(`${dir}/${swapped}`)
  equal(`${uid} ${(mode & 0o777).toString(8)}`, '0 600')
})

test('A15: what was swapped after it was made is neither placed nor removed', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t)
  const writer = writerIn(t, dir)
  const metadata = { ...plain, kind: 'fifo' as const, uid: nobody, gid: nobody }
  const prepared = writer.prepareNode(byteStringFromText('pipe'), metadata, fifo.rdev)
  if ('what' in prepared) throw new Error('a FIFO is made')
  const [name = ''] = fs.readdirSync(dir)
  fs.renameSync(`${dir}/${name}`, `${dir}/away`)
  fs.writeFileSync(`${dir}/${name}`, 'secret', { mode: 0o600 })
  throws(() => writer.place(prepared, 'new'), isSwapped)
  writer.discard(prepared)
  equal(fs.readFileSync(`${dir}/${name}`, 'latin1'), 'secret')
  equal(fs.existsSync(`${dir}/pipe`), false)
})
