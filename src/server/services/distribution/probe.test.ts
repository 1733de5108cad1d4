import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { judgeProbe, neededMib } from './probe.ts'

const who = { address: 'web-1', user: 'admin', server: 'https://backup' }
const good = {
  system: 'Linux',
  machine: 'x86_64',
  bits: '64',
  libc: 'glibc 2.36',
  user: '0',
  root: 'yes',
  systemd: 'yes',
  free: String(neededMib * 1024),
  reach: 'yes',
  end: 'yes',
}

test('a machine that is as it must be gets the build for its processor (A2, A8)', () => {
  deepEqual(judgeProbe(printed({}), who), {
    build: 'linux-x86-64',
    isRoot: true,
    hasSystemd: true,
    libc: 'glibc 2.36',
    freeMib: neededMib,
  })
  equal(judgeProbe(printed({ machine: 'aarch64' }), who).build, 'linux-arm64')
  equal(judgeProbe(printed({ user: '1000' }), who).isRoot, false)
  equal(judgeProbe(printed({ libc: 'glibc 2.28' }), who).libc, 'glibc 2.28')
  equal(judgeProbe(printed({ reach: 'unknown' }), who).hasSystemd, true)
})

const refusals = [
  [{ system: 'FreeBSD' }, 'push.unsupported'],
  [{ bits: '32' }, 'push.unsupported'],
  [{ machine: 'i686' }, 'push.unsupported'],
  [{ machine: '' }, 'push.unsupported'],
  [{ libc: '' }, 'push.unsupported'],
  [{ libc: 'glibc 2.27' }, 'push.unsupported'],
  [{ root: 'no' }, 'push.not-root'],
  [{ free: String(neededMib * 1024 - 1) }, 'push.no-space'],
  [{ reach: 'no' }, 'push.no-way-back'],
  [{ end: '' }, 'push.failed'],
] as const

for (const [change, code] of refusals) {
  test(`${JSON.stringify(change)} is refused with ${code} (A2, A8)`, () => {
    throws(() => judgeProbe(printed(change), who), { code })
  })
}

test('a login that greets with a text of its own is understood all the same', () => {
  equal(judgeProbe(`Welcome!\nfoo bar\n${printed({})}`, who).isRoot, true)
})

test('what a machine says of itself cannot write on the terminal of who reads it', () => {
  throws(() => judgeProbe(printed({ machine: '\x1b[2J\x07evil' }), who), {
    message: 'web-1 cannot run the client: its processor is ??2J?evil.',
  })
})

function printed(change: Partial<typeof good>): string {
  return Object.entries({ ...good, ...change })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
