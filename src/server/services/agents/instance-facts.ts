/** What an agent says of its machine, as the row of its instance has it. */
import { encodeWire, type MachineFacts, machineFacts } from '#contract'
import type { Instance } from '../../catalog/index.ts'
import { jsonRecords } from '../jobs/wire-json.ts'

export function factsOfInstance(facts: MachineFacts) {
  const { volumes, databases } = encodeWire(machineFacts, facts)
  return {
    hostName: facts.hostName,
    addresses: facts.addresses,
    system: facts.system,
    systemName: facts.systemName,
    architecture: facts.architecture,
    volumes: jsonRecords(volumes),
    databases: jsonRecords(databases),
    blockBytes: blockBytesOf(facts.volumes),
  } satisfies Partial<Instance>
}

/** Size of the block storage attached (G1, H5): a device that is mounted twice counts once. */
export function blockBytesOf(volumes: MachineFacts['volumes']): number {
  const local = volumes.filter((volume) => volume.local)
  const byDevice = new Map(local.map((one) => [one.device ?? one.path, one.totalBytes]))
  const sum = [...byDevice.values()].reduce((total, bytes) => total + bytes, 0)
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}
