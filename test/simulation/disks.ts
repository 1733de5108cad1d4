/** The two storages a simulated vault stands on: a map, and a disk whose power can be cut. Both can be looked into. */
import { type ObjectKind, type ObjectName, objectKinds, parseObjectName } from '#engine'
import {
  type DiskStep,
  type FaultPlan,
  memoryStore,
  type ObjectStore,
  PowerCutDisk,
  powerCutStore,
  type SeededRandom,
} from '#ports'

export type StoreOptions = {
  readonly turn?: () => Promise<void>
  readonly plan?: FaultPlan<DiskStep>
}

export interface SimulatedDisk {
  /** A store as one process has it. */
  open(options: StoreOptions): ObjectStore
  /** Looks without asking for a turn. */
  peek(name: ObjectName): Uint8Array | undefined
  names(kind: ObjectKind): ObjectName[]
  cutPower(random: SeededRandom): void
  /** An object goes for good, behind everybody's back. */
  lose(name: ObjectName): void
}

/** Everything is durable at once; each call is one step. */
export function mapDisk(): SimulatedDisk {
  const store = memoryStore()
  return {
    open: () => store,
    peek: (name) => store.objects.get(name),
    names: (kind) => [...store.objects.keys()].filter((name) => name.startsWith(`${kind}/`)).sort(),
    cutPower() {},
    lose: (name) => void store.objects.delete(name),
  }
}

/** Each call is many steps, and what was not synced may be lost. @param without steps that a mutant leaves out */
export function platterDisk(without: readonly DiskStep[]): SimulatedDisk {
  const disk = new PowerCutDisk()
  return {
    open: ({ turn, plan }) =>
      powerCutStore(disk, {
        without,
        ...(turn === undefined ? {} : { yieldPoint: turn }),
        ...(plan === undefined ? {} : { plan }),
      }),
    peek: (name) => {
      const [kind = '', id = ''] = name.split('/')
      const path = kind === 'pack' ? `pack/${id.slice(0, 2)}/${id}` : name
      return disk.read(path) ?? disk.read(`copies/${name}`)
    },
    names: (kind) => {
      const files =
        kind === 'pack'
          ? disk.names('pack').flatMap((shard) => disk.names(`pack/${shard}`))
          : [...disk.names(kind), ...disk.names(`copies/${kind}`)]
      const names = files.flatMap((file) => parseObjectName(`${kind}/${file}`) ?? [])
      return [...new Set(names)].sort()
    },
    cutPower: (random) => disk.crash(random),
    lose(name) {
      const [kind = '', id = ''] = name.split('/')
      if (kind !== 'pack') {
        for (const folder of [kind, `copies/${kind}`]) {
          if (disk.read(`${folder}/${id}`) !== undefined) disk.unlink(`${folder}/${id}`)
          disk.syncFolder(folder)
        }
        return
      }
      const folder = name.slice(0, 'pack/00'.length)
      disk.unlink(`${folder}/${name.slice('pack/'.length)}`)
      disk.syncFolder(folder)
    },
  }
}

/** Everything in the storage, for comparing two moments. */
export function inventory(disk: SimulatedDisk): string[] {
  return objectKinds.flatMap((kind) => disk.names(kind))
}
