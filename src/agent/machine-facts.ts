/** What the agent tells of its machine, within what the wire takes. */
import type { MachineFacts } from '#contract'
import { volumesMax } from '#contract'
import { plainText } from './channel/plain-text.ts'
import type { Machine, Mount } from './ports.ts'

const addressesMax = 32
const databasesMax = 64

/** @throws system.unsupported */
export async function machineFactsOf(
  machine: Machine,
  clientVersion: string,
  signal: AbortSignal,
): Promise<MachineFacts> {
  const told = await machine.describe(signal)
  const mounts = await machine.mounts(signal)
  return {
    ...told,
    hostName: plainText(told.hostName, 253),
    systemName: plainText(told.systemName, 128),
    addresses: told.addresses.slice(0, addressesMax),
    databases: told.databases.slice(0, databasesMax),
    clientVersion,
    volumes: shownVolumes(mounts),
  }
}

/** Local ones first; what the kernel makes up and second views of a volume interest nobody. */
function shownVolumes(mounts: readonly Mount[]): MachineFacts['volumes'] {
  const shown = mounts.filter(({ foreign }) => foreign !== 'kernel' && foreign !== 'duplicate')
  const local = shown.filter(({ foreign }) => foreign === undefined)
  const others = shown.filter(({ foreign }) => foreign !== undefined)
  return [...local, ...others].slice(0, volumesMax).map((mount) => ({
    path: mount.path,
    ...(mount.device === undefined ? {} : { device: plainText(mount.device, 255) }),
    fileSystem: plainText(mount.fileSystem, 64),
    totalBytes: mount.totalBytes,
    usedBytes: mount.usedBytes,
    local: mount.foreign === undefined,
  }))
}
