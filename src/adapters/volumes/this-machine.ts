/** What this machine is: a fingerprint that stays the same, its names and addresses, and its mounts. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { failure } from '#base'
import type { Architecture } from '#contract'
import { findDatabases } from './find-databases.ts'
import { listMounts } from './list-mounts.ts'

/** So that the digest is of no use to whoever knows the machine by its id elsewhere. */
const label = 'holdfast machine 1'

export function thisMachine() {
  return {
    async describe(_signal: AbortSignal) {
      const architecture = architectureOf(process.arch)
      return {
        machine: await fingerprint(),
        hostName: hostname(),
        addresses: listAddresses(),
        system: 'linux' as const,
        systemName: systemNameIn((await findText('/etc/os-release')) ?? ''),
        architecture,
        databases: await findDatabases(),
      }
    },
    mounts: async (_signal: AbortSignal) => await listMounts(),
  }
}

/** @throws system.unsupported for 32-bit machines (A8) */
export function architectureOf(name: string): Architecture {
  if (name === 'x64') return 'x86-64'
  if (name === 'arm64') return 'arm64'
  throw failure('system.unsupported', {
    problem: `the processor is ${name}; Holdfast needs 64-bit x86 or ARM`,
  })
}

/** In the order of how long they last: a copy of a machine gets a new id, and its boards stay. */
const sources = [
  '/etc/machine-id',
  '/var/lib/dbus/machine-id',
  '/sys/class/dmi/id/product_uuid',
  '/sys/class/dmi/id/board_serial',
  '/proc/device-tree/serial-number',
] as const

async function fingerprint(): Promise<string> {
  for (const path of sources) {
    const id = fingerprintOf(await findText(path))
    if (id !== undefined) return id
  }
  throw failure('system.unsupported', {
    problem: 'it has no machine id; run `systemd-machine-id-setup`',
  })
}

/** Undefined: this says nothing of the machine. */
export function fingerprintOf(text: string | undefined): string | undefined {
  const id = text?.replaceAll('\0', '').trim().toLowerCase() ?? ''
  if (id.length < 8 || id === 'uninitialized' || /^(?:0|f|-)*$/.test(id)) return undefined
  if (/^(?:not |none|default|to be filled|system serial)/.test(id)) return undefined
  return createHash('sha256').update(`${label}\n${id}`).digest('hex')
}

export function systemNameIn(text: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(text)?.[1] ?? /^NAME=(.*)$/m.exec(text)?.[1]
  return value?.replace(/^(["'])(.*)\1$/, '$2') || 'Linux'
}

function listAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'))
    .map(({ address }) => address.replace(/%.*$/, ''))
}

async function findText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (problem) {
    const code = problem instanceof Error && 'code' in problem ? problem.code : ''
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined
    throw problem
  }
}
