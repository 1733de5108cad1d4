// The units of systemd, checked by systemd itself (reliability.md 3.3). What they allow is compared with what the program
// asks of the kernel.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const analyze = 'systemd-analyze'
const isHere = spawnSync(analyze, ['--version']).error === undefined
const skip = isHere ? false : 'systemd-analyze is missing'

/**
 * Exposure as `systemd-analyze security` counts it, from 0 to 10; a unit without any limits has 9.6. The agent keeps what
 * backup and restore need: the whole file system, root's rights over files, device nodes, the network.
 */
const exposureMax = { 'holdfast-agent': 4.2, 'holdfast-server': 1.6 } as const

for (const [name, limit] of Object.entries(exposureMax)) {
  test(`${name}.service is what systemd understands, without a warning`, { skip }, () => {
    using root = unitRoot(name)
    const { status, stderr } = spawnSync(
      analyze,
      ['verify', `--root=${root.path}`, '--man=no', `${name}.service`],
      { encoding: 'utf8' },
    )
    deepEqual({ status, complaints: complaintsAbout(name, stderr) }, { status: 0, complaints: [] })
  })

  test(`${name}.service exposes at most ${limit.toFixed(1)}`, { skip }, () => {
    using root = unitRoot(name)
    const threshold = String(Math.round(limit * 10))
    const { status, stdout, stderr } = spawnSync(
      analyze,
      [
        'security',
        '--offline=true',
        '--no-pager',
        `--threshold=${threshold}`,
        join(root.path, 'etc/systemd/system', `${name}.service`),
      ],
      { encoding: 'utf8' },
    )
    const verdict = /Overall exposure level[^\n]*/.exec(stdout)?.[0]
    ok(verdict !== undefined, stderr)
    equal(status, 0, verdict)
  })
}

test('nothing hides a part of the file system from the agent: a hole in a backup is lost data', () => {
  const unit = readFileSync('packaging/holdfast-agent.service', 'utf8')
  const settings = unit.split('\n').filter((line) => /^[A-Z]\w+=/.test(line))
  const hiding =
    /^(?:PrivateTmp|ProtectHome|ProtectKernelModules|PrivateDevices|InaccessiblePaths|TemporaryFileSystem|RootDirectory|ProtectSystem|DynamicUser|User)=/
  deepEqual(
    settings.filter((line) => hiding.test(line)),
    [],
  )
})

test('the agent keeps every right that reading and putting back files needs', () => {
  const unit = readFileSync('packaging/holdfast-agent.service', 'utf8')
  const kept = [...unit.matchAll(/^CapabilityBoundingSet=(.+)$/gm)].flatMap(([, names]) =>
    (names ?? '').split(' '),
  )
  deepEqual(kept.sort(), [
    'CAP_CHOWN',
    'CAP_DAC_OVERRIDE',
    'CAP_DAC_READ_SEARCH',
    'CAP_FOWNER',
    'CAP_FSETID',
    'CAP_LINUX_IMMUTABLE',
    'CAP_MKNOD',
    'CAP_SETFCAP',
    'CAP_SYS_ADMIN',
    'CAP_SYS_NICE',
  ])
  equal(/^RestrictSUIDSGID=/m.test(unit), false, 'files with these bits are restored too')
})

/** A machine in a folder, on which the program of the unit is installed. */
function unitRoot(name: string): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
  mkdirSync(join(path, 'etc/systemd/system'), { recursive: true })
  mkdirSync(join(path, 'usr/local/lib/holdfast'), { recursive: true })
  mkdirSync(join(path, 'lib/systemd'), { recursive: true })
  writeFileSync(join(path, 'usr/local/lib/holdfast/holdfast'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nholdfast:x:999:999::/:/bin/sh\n')
  // The targets that every unit leans on.
  cpSync('/lib/systemd/system', join(path, 'lib/systemd/system'), { recursive: true })
  cpSync(`packaging/${name}.service`, join(path, `etc/systemd/system/${name}.service`))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

function complaintsAbout(name: string, text: string): readonly string[] {
  return text.split('\n').filter((line) => line.includes(name))
}
