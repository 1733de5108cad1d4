/** Everything around the vault in one simulated run: storage, machines with their clocks, leases, sources, the truth. */
import {
  type Cipher,
  deriveVaultKeys,
  type LockState,
  type ObjectName,
  type VaultConfig,
  type VaultKeys,
} from '#engine'
import {
  type Clock,
  type ClockReading,
  type DiskStep,
  FaultPlan,
  type Leases,
  type MemoryLeases,
  memoryLeases,
  SeededRandom,
} from '#ports'
import { createVault, type Vault } from '#vault'
import { mapDisk, platterDisk, type SimulatedDisk } from './disks.ts'
import { planDiskFaults, planStoreFaults } from './planned-faults.ts'
import { quickCipher } from './quick-cipher.ts'
import type { RestoreFolder } from './restore-job.ts'
import { Scheduler, type SimulatedProcess } from './scheduler.ts'
import { contentPool, TreeModel } from './tree-model.ts'
import { Truth } from './truth.ts'
import { watchedStore } from './watched-store.ts'

const sourcesMax = 3

export const signal = new AbortController().signal

/** What chance decided about a run before it began: few things go wrong in each, others in each (swarm testing). */
export type Weather = {
  readonly disk: 'map' | 'platter'
  readonly lanes: number
  readonly lives: number
  readonly jobsPerLane: number
  readonly crashes: number
  /** Share of processes that die between the name of a pack and its durability. */
  readonly deathsAtLink: number
  readonly pauses: number
  readonly clockJumps: number
  readonly thefts: number
  readonly burst: number
  /** Time in which nobody uses the vault, between two lives. */
  readonly idleMs: number
  readonly faultsPerLife: number
  readonly graceMs: number
  readonly deadShareMin: number
  readonly keepOne: boolean
  readonly lock: LockState
  /** Share of files that change, or go, when they are just being read. */
  readonly disturbances: number
  /** Share of lives that begin with a repair. */
  readonly repairs: number
  /** Whether at the end the newest entries of the ledger vanish, and a point shows it. */
  readonly losesEntries: boolean
  /** Share of backups by guests (decision 6); drawn by nobody, so that seeds stay what they are. */
  readonly guests: number
}

export function chooseWeather(random: SeededRandom): Weather {
  const one = <T>(...choices: readonly [T, ...T[]]): T => random.pick(choices) ?? choices[0]
  return {
    disk: one('map', 'map', 'platter'),
    lanes: one(1, 2, 2, 3, 3),
    lives: one(1, 2, 3),
    jobsPerLane: 2 + random.below(3),
    crashes: one(0, 0.002, 0.006),
    deathsAtLink: one(0, 0, 0.5),
    pauses: one(0, 0, 0.004),
    clockJumps: one(0, 0.01),
    thefts: one(0, 0, 0.01),
    burst: one(0, 0, 0.6, 0.9),
    idleMs: one(0, 0, 2000),
    faultsPerLife: one(0, 0, 1, 3),
    graceMs: one(0, 0, 0, 400),
    deadShareMin: one(0.05, 0.05, 0.4, 1.01),
    keepOne: random.chance(0.5),
    lock: one<LockState>('off', 'off', 'off', 'compliance'),
    disturbances: one(0, 0, 0.05, 0.2),
    repairs: one(0, 0, 0.3),
    losesEntries: random.chance(0.25),
    guests: 0,
  }
}

/** A machine: its time since boot is honest, its wall clock is whatever somebody set it to. */
export class Machine implements Clock {
  readonly #name: string
  readonly #nowMs: () => number
  #boots = 1
  #bootedAtMs = 0
  #wallOffsetMs = 1_750_000_000_000

  constructor(name: string, nowMs: () => number) {
    this.#name = name
    this.#nowMs = nowMs
  }

  now(): ClockReading {
    const nowMs = this.#nowMs()
    return {
      wallMs: this.#wallOffsetMs + nowMs,
      bootId: `${this.#name}-${this.#boots}`,
      upMs: nowMs - this.#bootedAtMs + 5,
    }
  }

  async sleep(): Promise<void> {
    // Nothing in vault and jobs waits for a clock.
  }

  boot(): void {
    this.#boots++
    this.#bootedAtMs = this.#nowMs()
  }

  /** Somebody, or a time server, sets the wall clock. */
  jump(milliseconds: number): void {
    this.#wallOffsetMs += milliseconds
  }
}

export type Life = SimulatedProcess & {
  readonly machine: Machine
  readonly vault: Vault
  /** Packs that it asked the store for. */
  readonly asked: Set<ObjectName>
  isSweeping: boolean
  isRepairing: boolean
}

export type WorldOptions = {
  readonly seed: number
  readonly without: readonly DiskStep[]
  readonly weather: Partial<Weather>
  readonly trace: ((line: string) => void) | undefined
}

export class World {
  readonly random: SeededRandom
  readonly weather: Weather
  readonly disk: SimulatedDisk
  readonly scheduler: Scheduler
  readonly truth: Truth
  readonly sources: readonly TreeModel[]
  readonly machines: readonly Machine[]
  readonly leases: MemoryLeases
  readonly cipher: Cipher
  readonly lives: Life[] = []
  nowMs = 1
  violation: string | undefined
  faultsFired = 0
  pauses = 0
  thefts = 0
  readonly stolen = new Set<string>()
  /** By number of the source. */
  readonly folders: readonly RestoreFolder[]
  attempts = 0
  readonly #keys: VaultKeys
  readonly #config: VaultConfig
  readonly #trace: WorldOptions['trace']

  constructor(options: WorldOptions, onStep: (world: World) => void) {
    const { seed, trace } = options
    this.random = new SeededRandom(seed)
    this.weather = { ...chooseWeather(this.random), ...options.weather }
    this.#trace = trace
    this.disk = this.weather.disk === 'map' ? mapDisk() : platterDisk(options.without)
    this.cipher = quickCipher(new SeededRandom(seed + 0x1000_0000))
    this.#config = configOf(this.weather)
    this.#keys = keysOf(this.cipher, this.#config)
    this.scheduler = new Scheduler({ random: this.random, burst: this.weather.burst }, () => {
      this.nowMs++
      onStep(this)
    })
    this.machines = [new Machine('north', () => this.nowMs), new Machine('south', () => this.nowMs)]
    this.leases = memoryLeases(new Machine('leases', () => this.nowMs))
    this.truth = new Truth({
      disk: this.disk,
      cipher: this.cipher,
      keys: this.#keys,
      nowMs: () => this.nowMs,
      violate: (problem) => this.violate(problem),
      note: (text) => this.note(text),
    })
    this.folders = Array.from({ length: sourcesMax }, () => ({
      folder: new Map(),
      states: [],
      user: undefined,
    }))
    const pool = contentPool(this.random, 3 + this.random.below(6))
    const count = 1 + this.random.below(sourcesMax)
    this.sources = Array.from(
      { length: count },
      (_, i) => new TreeModel(`src${i}`, pool, new SeededRandom(seed * 8 + i)),
    )
  }

  violate(problem: string): void {
    this.note(`VIOLATION: ${problem}`)
    this.violation ??= problem
    // Nothing goes on after it: the trace ends here.
    for (const life of this.lives) {
      life.state = 'dead'
      this.scheduler.forget(life)
    }
  }

  note(text: string): void {
    this.#trace?.(`${String(this.nowMs).padStart(7)} ${text}`)
  }

  /** The vault as one new process sees it. */
  startProcess(
    machine: Machine,
    { faults, mayDie }: { readonly faults: number; readonly mayDie: boolean },
  ): Life {
    const process: SimulatedProcess = { name: `p${this.lives.length + 1}`, state: 'running' }
    const asked = new Set<ObjectName>()
    const turn = () => this.scheduler.turn(process)
    const onFault = () => {
      this.faultsFired++
    }
    const diskPlan = planDiskFaults(this.random, {
      faults,
      onFault,
      diesAtLink: mayDie && this.random.chance(this.weather.deathsAtLink),
      onDeath: () => this.scheduler.strike(() => this.kill(life)),
    })
    const store = watchedStore({
      store: this.disk.open({ turn, plan: diskPlan }),
      plan: planStoreFaults(this.random, faults, onFault),
      witness: {
        wasAsked: (name) => asked.add(name),
        wasPut: (name, bytes) => {
          if (name.startsWith('ledger/')) this.truth.entryWasPut(name, bytes)
          // A stolen copy may bring a pack back, and who slept may write what he knew before.
          const isPlain = this.thefts + this.pauses === 0
          if (name.startsWith('index/') && isPlain) this.truth.segmentWasPut(name)
        },
        willRemovePack: (name) => {
          if (life.isRepairing) this.violate(`a repair removes ${name.slice(0, 13)}`)
          this.truth.packWillGo(name)
        },
        willRemoveRecord: (name) => {
          if (life.isRepairing) this.violate(`a repair removes ${name.slice(0, 14)}`)
          if (name.startsWith('point/')) this.truth.recordWillGo(name)
        },
      },
      turn,
      random: this.random,
    })
    const { cipher } = this
    const leases: Leases = {
      acquire: async (kind, holder, during) => {
        await turn()
        // It may have died in the very moment it got its turn; the dead are given nothing.
        if (process.state === 'dead') return await new Promise<never>(() => undefined)
        return await this.leases.acquire(kind, holder, during)
      },
    }
    const vault: Vault = {
      ports: { store, leases, clock: machine, cipher },
      config: this.#config,
      keys: this.#keys,
    }
    const life: Life = Object.assign(process, {
      machine,
      vault,
      asked,
      isSweeping: false,
      isRepairing: false,
    })
    this.lives.push(life)
    return life
  }

  kill(life: Life): void {
    if (life.state === 'dead') return
    this.note(`${life.name} is killed`)
    life.state = 'dead'
    life.isSweeping = false
    this.scheduler.forget(life)
    this.leases.drop(life.name)
  }

  /** The vault as it lies in the storage: for looking, without turns and without faults. */
  onlooker(): Vault {
    const store = this.disk.open({ plan: new FaultPlan<DiskStep>([]) })
    const clock = this.machines[0] ?? new Machine('onlooker', () => this.nowMs)
    return {
      ports: { store, leases: memoryLeases(clock), clock, cipher: this.cipher },
      config: this.#config,
      keys: this.#keys,
    }
  }

  async createVault(): Promise<void> {
    await createVault(this.onlooker().ports, this.#config, masterKey, signal)
    this.truth.audit()
  }
}

const masterKey = new Uint8Array(32).fill(7)

function configOf(weather: Weather): VaultConfig {
  return {
    vaultId: new Uint8Array(16).fill(3),
    mode: 'managed',
    createdAt: 0,
    compressionLevel: 0,
    chunkAverageBytes: 256 * 1024,
    retentionMinMs: 0,
    retentionMaxMs: undefined,
    gcGraceMs: weather.graceMs,
    features: [],
  }
}

let sharedKeys: VaultKeys | undefined

/** The same in every run: deriving them costs as much as half a run. */
function keysOf(cipher: Cipher, config: VaultConfig): VaultKeys {
  sharedKeys ??= deriveVaultKeys(cipher, config.vaultId, masterKey)
  return sharedKeys
}
