// D3, seen from outside: what the kernel says of every thread of a process that was set.
import { deepEqual, equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { parseCoreList } from './process-priority.ts'

/** Applies the requests one after another in a process of its own, and says after each what its threads have. */
function inProcess(requests: readonly object[]) {
  const script = `
    const { priorityControl } = await import(${JSON.stringify(new URL('./process-priority.ts', import.meta.url).href)})
    const { readdirSync, readFileSync } = await import('node:fs')
    const { spawnSync } = await import('node:child_process')
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    await new Promise((resolve) => worker.once('online', resolve))
    const control = priorityControl()
    const seen = []
    for (const request of ${JSON.stringify(requests)}) {
      const warnings = control.apply(request)
      const threads = readdirSync('/proc/self/task').map((thread) => {
        const stat = readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ')
        const cores = /^Cpus_allowed:\\s*(.+)$/m.exec(readFileSync('/proc/self/task/' + thread + '/status', 'utf8'))[1]
        const count = [...cores.replaceAll(',', '')].reduce((sum, digit) => sum + [...parseInt(digit, 16).toString(2)].filter((bit) => bit === '1').length, 0)
        const io = spawnSync('ionice', ['-p', thread], { encoding: 'utf8' }).stdout.trim()
        return [Number(stat[16]), io, count].join(' / ')
      })
      seen.push({ warnings, threads: [...new Set(threads)] })
    }
    console.log(JSON.stringify(seen))
    process.exit(0)
  `
  const args = ['--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

const isRoot = process.getuid?.() === 0
const skip = isRoot ? false : 'only root may raise what it lowered'

test('D3: nice, I/O class and cores hold for every thread, and change from job to job', {
  skip,
}, () => {
  const here = parseCoreList(
    spawnSync('sh', ['-c', 'grep Cpus_allowed_list /proc/self/status | cut -f2'], {
      encoding: 'utf8',
    }).stdout.trim(),
  ).length
  const seen = inProcess([
    { nice: 12, io: 'lowest', coresMax: 1 },
    { nice: 19, io: 'idle', coresMax: 2 },
    { nice: 0, io: 'usual' },
  ])
  deepEqual(seen[0], { warnings: [], threads: ['12 / best-effort: prio 7 / 1'] })
  deepEqual(seen[1], { warnings: [], threads: [`19 / idle / ${Math.min(2, here)}`] })
  equal(seen[2].threads.length, 1)
  equal(seen[2].threads[0].startsWith('0 / none'), true, seen[2].threads[0])
  equal(seen[2].threads[0].endsWith(` / ${here}`), true)
})

test('lists of cores, as the kernel writes them', () => {
  deepEqual(parseCoreList('0-3,8'), [0, 1, 2, 3, 8])
  deepEqual(parseCoreList('5'), [5])
})
