/** What a machine must be before a client is put on it: asked by one fixed script, judged here. */
import { assert, failure } from '#base'
import type { ClientBuild } from '#contract'
import { pinOf, type ServerPlace } from './installer.ts'

export type RemoteFacts = {
  readonly build: ClientBuild
  readonly isRoot: boolean
  readonly hasSystemd: boolean
  readonly libc: string
  readonly freeMib: number
}

/** As packaging/install.sh asks for. */
export const neededMib = 400
const libcMinorMin = 28
/** Where programs go; the nearest folder above that exists. */
const programFolder = '/usr/local/lib'

/** For `sh -s`: prints a line for each fact, and changes nothing. */
export function probeScript(place: ServerPlace): string {
  const pin = pinOf(place)
  const target = `'${place.address}/api/v1/client/manifest'`
  assert(!/['\\]/.test(place.address), 'the address was checked for the installer')
  const curl = `curl -fsS -m 20 -o /dev/null ${pin === undefined ? '' : `-k --pinnedpubkey '${pin}' `}${target}`
  const trust = pin === undefined ? '' : `--no-check-certificate --pinnedpubkey='${pin}' `
  const wget = `wget -q -T 20 -t 1 -O /dev/null ${trust}${target}`
  return `LC_ALL=C
export LC_ALL
fact() { printf '%s=%s\\n' "$1" "$2"; }
fact system "$(uname -s)"
fact machine "$(uname -m)"
fact bits "$(getconf LONG_BIT 2>/dev/null)"
fact libc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
fact user "$(id -u)"
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then fact root yes; else fact root no; fi
if [ -d /run/systemd/system ]; then fact systemd yes; else fact systemd no; fi
folder=${programFolder}
while [ ! -d "$folder" ]; do folder=\${folder%/*}; [ -n "$folder" ] || folder=/; done
fact free "$(df -Pk "$folder" | sed -n '2{s/^[^ ]* *[0-9]* *[0-9]* *\\([0-9]*\\).*/\\1/;p;}')"
if command -v curl >/dev/null 2>&1; then
  if ${curl} >/dev/null 2>&1; then fact reach yes; else fact reach no; fi
elif command -v wget >/dev/null 2>&1; then
  if ${wget} >/dev/null 2>&1; then fact reach yes; else fact reach no; fi
else
  fact reach unknown
fi
fact end yes
`
}

export type ProbeOf = { readonly address: string; readonly user: string; readonly server: string }

/** @throws push.unsupported, push.not-root, push.no-space, push.no-way-back, push.failed */
export function judgeProbe(output: string, { address, user, server }: ProbeOf): RemoteFacts {
  const facts = new Map<string, string>()
  for (const line of output.split('\n')) {
    const [, name, value] = /^([a-z]+)=(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) facts.set(name, value.trim())
  }
  const fact = (name: string) => facts.get(name) ?? ''
  if (fact('end') !== 'yes') {
    const problem = 'the login does not run commands of a shell'
    throw failure('push.failed', { address, step: 'looking at the machine', problem })
  }
  const unsupported = (problem: string) => failure('push.unsupported', { address, problem })
  if (fact('system') !== 'Linux') throw unsupported(`it runs ${shown(fact('system'))}`)
  if (fact('bits') === '32') throw unsupported('it is a 32-bit system')
  const build = builds.get(fact('machine'))
  if (build === undefined) throw unsupported(`its processor is ${shown(fact('machine'))}`)
  checkLibc(fact('libc'), unsupported)
  if (fact('root') !== 'yes') throw failure('push.not-root', { user, address })
  const freeMib = Math.floor(Number(fact('free')) / 1024)
  if (freeMib < neededMib) {
    throw failure('push.no-space', { address, freeMib, folder: programFolder, neededMib })
  }
  if (fact('reach') === 'no') throw failure('push.no-way-back', { address, server })
  const [isRoot, hasSystemd] = [fact('user') === '0', fact('systemd') === 'yes']
  return { build, isRoot, hasSystemd, libc: fact('libc'), freeMib }
}

const builds: ReadonlyMap<string, ClientBuild> = new Map([
  ['x86_64', 'linux-x86-64'],
  ['amd64', 'linux-x86-64'],
  ['aarch64', 'linux-arm64'],
  ['arm64', 'linux-arm64'],
])

function checkLibc(libc: string, unsupported: (problem: string) => Error): void {
  const version = /^glibc (\d+)\.(\d+)/.exec(libc)
  if (version === null) throw unsupported('its C library is not glibc (musl, perhaps)')
  const [, major, minor] = version.map(Number)
  if (major === 2 && (minor ?? 0) < libcMinorMin) throw unsupported(`its ${libc} is too old`)
}

/** What a machine says of itself may be anything. */
function shown(text: string): string {
  const plain = text.replace(/[^\w.+ -]/g, '?').slice(0, 40)
  return plain === '' ? 'something unknown' : plain
}
