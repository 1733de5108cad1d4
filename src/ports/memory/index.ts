/** The sockets' in-memory ends: for tests, for the simulator, and as the shortest statement of each promise. */
export {
  type DiskStep,
  type Fault,
  type FaultEffect,
  FaultPlan,
  type StorageCode,
  type StoreCall,
} from './fault-plan.ts'
export { FaultyStore, type FaultyStoreParts, faultyStore } from './faulty-store.ts'
export { memoryCipher } from './memory-cipher.ts'
export { type ClockSetting, MemoryClock, memoryClock } from './memory-clock.ts'
export { MemoryLeases, memoryLeases } from './memory-leases.ts'
export { MemoryStore, memoryStore } from './memory-store.ts'
export { PowerCutDisk } from './power-cut-disk.ts'
export { type PowerCutOptions, PowerCutStore, powerCutStore } from './power-cut-store.ts'
export { SeededRandom } from './seeded-random.ts'
