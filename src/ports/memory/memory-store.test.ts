import { objectStoreContract, type Trouble } from '../object-store.contract.ts'
import { type FaultEffect, FaultPlan, type StoreCall } from './fault-plan.ts'
import { faultyStore } from './faulty-store.ts'
import { memoryStore } from './memory-store.ts'

/** Trouble at the socket that can be switched. */
class TroublePlan extends FaultPlan<StoreCall> {
  trouble: Trouble = 'none'

  override next(call: StoreCall): FaultEffect | undefined {
    const writes = ['put', 'draft', 'append', 'publish'].includes(call)
    if (this.trouble === 'none' || !writes) return undefined
    return { kind: 'fail', code: `storage.${this.trouble}` }
  }
}

objectStoreContract('memory store', async () => {
  const store = memoryStore()
  const plan = new TroublePlan([])
  return {
    open: async () => faultyStore({ store, plan }),
    cut: async (name, bytes) => {
      store.objects.set(name, store.objects.get(name)?.slice(0, bytes) ?? new Uint8Array())
    },
    unfinished: async () => 0,
    setTrouble: async (trouble) => {
      plan.trouble = trouble
      return true
    },
  }
})
