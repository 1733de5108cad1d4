// `npm start`: one question, then a server with this machine as its first instance; Ctrl-C ends both, and it starts again.

import { equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../house/source-files.ts'
import { Desk } from './program.ts'

function makeStart(context: TestContext) {
  const desk = new Desk(context)
  writeFileSync(join(desk.source, 'file'), 'one')
  const data = desk.path('data')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: desk.folder,
    XDG_CACHE_HOME: join(tmpdir(), 'holdfast-e2e-cache'),
    HOLDFAST_SERVER_DATA: data,
    HOLDFAST_SERVER_LISTEN: '127.0.0.1:0',
  }
  const script = join(root, 'scripts/start.ts')
  const ask = (words: readonly string[]) =>
    spawnSync(process.execPath, [script, ...words], { env, encoding: 'utf8', input: '' })
  const start = async (words: readonly string[]) => {
    const child = spawn(process.execPath, [script, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    context.after(() => child.kill('SIGKILL'))
    let out = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        out += String(text)
      })
    const endsAt = performance.now() + 60_000
    while (!out.includes('What next')) {
      if (child.exitCode !== null || performance.now() > endsAt) throw new Error(out)
      await delay(50)
    }
    return { child, out }
  }
  return { desk, data, ask, start }
}

async function interrupt(child: ChildProcess): Promise<number | null> {
  const over = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  return await over
}

function processesOf(data: string): string {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('holdfast.js') && line.includes(data))
    .join('\n')
}

test('without an answer nothing is started, and what would be done is said', (context) => {
  const { desk, data, ask } = makeStart(context)
  const { status, stdout, stderr } = ask([desk.source])
  equal(status, 1)
  match(stdout, new RegExp(`protected +${desk.source} `))
  match(stdout, /not against the loss of the machine/)
  match(stderr, /npm start -- --yes/)
  ok(!existsSync(data))
  match(ask(['--wrong']).stderr, /option --wrong is unknown/)
  match(ask([join(desk.folder, 'nothing')]).stderr, /There is no folder/)
})

test('a first start makes owner and instance; Ctrl-C ends server and agent; a second one only starts', async (context) => {
  const { desk, data, start } = makeStart(context)
  const first = await start(['--yes', desk.source])
  match(first.out, /e-mail +\S+@\S+\n +password +\S{16,}/)
  match(first.out, /This machine is protected as the first instance/)
  match(processesOf(data), /agent run/)
  const policy = JSON.parse(readFileSync(join(data, 'agent-policy.json'), 'utf8'))
  equal(policy.backupRoots[0], desk.source)
  equal(await interrupt(first.child), 0)
  equal(processesOf(data), '')
  const second = await start([])
  ok(!/password/.test(second.out), second.out)
  equal(await interrupt(second.child), 0)
})
