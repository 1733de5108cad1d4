import { match, ok, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#base'
import { holdServerData } from './server-data.ts'

const root = await mkdtemp(join(tmpdir(), 'holdfast-server-data-'))
test.after(() => rm(root, { recursive: true, force: true }))

let folders = 0
async function newFolder(): Promise<string> {
  const folder = join(root, String(folders++))
  await mkdir(folder)
  return folder
}

test('the data of a server is held by one, until it gives it back', async () => {
  const folder = await newFolder()
  const data = { folder, catalog: join(folder, 'catalog.db') }
  const first = await holdServerData(data, 'the server on one (process 7)')
  await rejects(holdServerData(data, 'two'), (problem) => {
    ok(isFailure(problem, 'server.data-in-use'))
    match(problem.message, /in use by the server on one \(process 7\) since \d{4}-\d\d-\d\dT/)
    return true
  })
  await first[Symbol.asyncDispose]()
  await using _next = await holdServerData(data, 'two')
})

test('one catalog is held by one, from whatever data folder and by whatever name', async () => {
  const [one, two] = [await newFolder(), await newFolder()]
  const catalog = join(one, 'catalog.db')
  await writeFile(catalog, '')
  await symlink(catalog, join(two, 'link.db'))
  await using _held = await holdServerData({ folder: one, catalog }, 'one')
  for (const name of [catalog, join(two, 'link.db')])
    await rejects(holdServerData({ folder: two, catalog: name }, 'two'), {
      code: 'server.data-in-use',
    })
  // What was refused half way holds nothing.
  await using _other = await holdServerData({ folder: two, catalog: join(two, 'own.db') }, 'two')
})

const holderProgram = `
  const { holdServerData } = await import(process.env.MODULE)
  const folder = process.env.FOLDER
  globalThis.held = await holdServerData({ folder, catalog: folder + '/catalog.db' }, 'the other process')
  process.stdout.write('held')
  setInterval(() => {}, 60000)
`

test('a process that is killed holds nothing', async (context) => {
  const folder = await newFolder()
  const data = { folder, catalog: join(folder, 'catalog.db') }
  const child = spawn(process.execPath, ['--input-type=module', '-e', holderProgram], {
    env: {
      ...process.env,
      FOLDER: folder,
      MODULE: new URL('./server-data.ts', import.meta.url).href,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  ok(child.stdout)
  await once(child.stdout, 'data')
  await rejects(holdServerData(data, 'me'), /in use by the other process since/)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await using _mine = await holdServerData(data, 'me')
})
