// What a process is shown of its machine's time may be made up for it; what it earns a vault may not (L5, T-1).
import { deepEqual, equal, notEqual, ok, throws } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import {
  nameOfBoot,
  parseBootOffset,
  parseUptime,
  readTimeNamespace,
  thisBoot,
} from './boot-time.ts'

const script = `
  const { thisBoot } = await import(${JSON.stringify(new URL('./boot-time.ts', import.meta.url).href)})
  const { bootId, upMs } = thisBoot()
  console.log(JSON.stringify({ bootId, upMs: upMs() }))
`
type Reading = { readonly bootId: string; readonly upMs: number }

/** What another process reads that is started by way of this command; undefined where that is not allowed. */
function readingBehind(command: readonly string[]): Reading | undefined {
  const [program = '', ...rest] = [
    ...command,
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ]
  const { status, stdout } = spawnSync(program, rest, { encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout) : undefined
}

const mayUnshare = spawnSync('unshare', ['-UrTm', '--boottime', '1', 'true']).status === 0
const skip = mayUnshare ? false : 'this machine lets nobody make namespaces'

test('T-1: a time namespace that is 46 days ahead shows the time of the machine', { skip }, () => {
  const here = thisBoot()
  for (const shift of ['4000000', '-1'])
    for (const flags of ['-UrT', '-UrTf']) {
      const there = readingBehind(['unshare', flags, '--boottime', shift])
      ok(there !== undefined)
      equal(there.bootId, here.bootId)
      const apart = Math.abs(there.upMs - here.upMs())
      ok(apart < 30_000, `${flags} ${shift}: ${apart} ms apart`)
    }
})

test('T-1: a file that is laid over /proc/uptime is not believed', { skip }, () => {
  const lay =
    'mount -t tmpfs x /mnt && echo "9000000.00 1.00" > /mnt/up && mount --bind /mnt/up /proc/uptime'
  const there = readingBehind(['unshare', '-Urm', 'sh', '-c', `${lay} && exec "$@"`, 'sh'])
  ok(there !== undefined)
  const here = thisBoot()
  equal(there.bootId, here.bootId)
  const apart = Math.abs(there.upMs - here.upMs())
  ok(apart < 30_000, `${apart} ms apart`)
})

test('T-1: where the shift of the clock cannot be known, every process is a boot of its own', {
  skip,
}, () => {
  const lay =
    'mount -t tmpfs x /mnt && echo > /mnt/o && mount --bind /mnt/o /proc/$$/timens_offsets'
  const command = [
    'unshare',
    '-UrTmf',
    '--boottime',
    '4000000',
    'sh',
    '-c',
    `${lay} && exec "$@"`,
    'sh',
  ]
  const [one, two] = [readingBehind(command), readingBehind(command)]
  ok(one !== undefined && two !== undefined)
  ok(one.bootId.startsWith('unknown-'))
  notEqual(one.bootId, two.bootId)
})

test('only the namespace of the machine, or one whose shift is known, is a view of its boot', () => {
  const machine = 'time:[4026531834]'
  const offsets = () => 'monotonic           0         0\nboottime           -7 500000000\n'
  const never = (): string => {
    throw new Error('not asked')
  }
  deepEqual(readTimeNamespace({ own: machine, forChildren: 'time:[1]' }, never), { aheadMs: 0 })
  deepEqual(readTimeNamespace({ own: undefined, forChildren: undefined }, never), { aheadMs: 0 })
  const other = { own: 'time:[1]', forChildren: 'time:[1]' }
  deepEqual(readTimeNamespace(other, offsets), { aheadMs: -6500 })
  deepEqual(
    readTimeNamespace(other, () => 'boottime x 0'),
    { aheadMs: undefined },
  )
  const between = { own: 'time:[1]', forChildren: 'time:[2]' }
  deepEqual(readTimeNamespace(between, never), { aheadMs: undefined })
  equal(parseBootOffset(''), undefined)
})

test('a name that is not from the kernel does not pass for that of a machine', () => {
  const view = { kernelBootId: undefined, shownBootId: 'id', timeNamespace: { aheadMs: 0 } }
  equal(nameOfBoot(view, 'x'), 'container-id')
  equal(nameOfBoot({ ...view, kernelBootId: 'id' }, 'x'), 'id')
  equal(nameOfBoot({ ...view, timeNamespace: { aheadMs: undefined } }, 'x'), 'unknown-x')
})

test('the uptime is read in milliseconds', () => {
  deepEqual(['0.00 1.00\n', '12345.67 23456.78\n'].map(parseUptime), [0, 12_345_670])
  throws(() => parseUptime('up'), { name: 'BrokenInvariant' })
})
